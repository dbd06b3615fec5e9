//! The features that ApiVersions v3 and up tells (KIP-584): what this program supports and what the cluster has finalized.

use std::sync::Arc;

use kedge_metadata_state::{Authority, Image, MetadataVersion, metadata_version::METADATA_VERSION_FEATURE};
use kedge_protocol::messages::{
    ApiVersionsResponse,
    api_versions_response::{FinalizedFeatureKey, SupportedFeatureKey},
};

use crate::{dispatch::FeatureReport, services::ImageCell};

/// What a broker tells; nothing under ZooKeeper, whose `/feature` is the controller's affair.
pub(crate) fn of_broker(image: Arc<ImageCell>) -> FeatureReport {
    Box::new(move |response| {
        let published = image.load();
        if published.image.dialect.authority == Authority::KRaft {
            fill(response, &published.image, published.stamp.metadata_offset);
        }
    })
}

/// Supported ranges and finalized levels as of an image, whose last record has this offset.
pub(crate) fn fill(response: &mut ApiVersionsResponse, image: &Image, metadata_offset: i64) {
    response.supported_features = vec![SupportedFeatureKey {
        name: METADATA_VERSION_FEATURE.to_owned(),
        min_version: MetadataVersion::MIN.feature_level(),
        max_version: MetadataVersion::LATEST.feature_level(),
    }];
    let metadata_version =
        image.features.metadata_version.map(|level| (METADATA_VERSION_FEATURE.to_owned(), level.feature_level()));
    let others = image.features.finalized_levels.iter().map(|(name, level)| (name.clone(), *level));
    // Kafka tells the one level twice.
    let key =
        |(name, level): (String, i16)| FinalizedFeatureKey { name, max_version_level: level, min_version_level: level };
    response.finalized_features = metadata_version.into_iter().chain(others).map(key).collect();
    response.finalized_features_epoch = metadata_offset;
}

#[cfg(test)]
mod tests {
    use kedge_metadata_state::Dialect;

    use super::*;

    #[test]
    fn the_finalized_level_and_the_supported_range_are_told() {
        let mut image = Image::empty(Dialect::kraft(MetadataVersion::LATEST));
        let mut response = ApiVersionsResponse::default();
        fill(&mut response, &image, 4);
        assert!(response.finalized_features.is_empty());
        image.features.metadata_version = Some(MetadataVersion::LATEST);
        fill(&mut response, &image, 5);
        let (finalized, supported) = (&response.finalized_features[0], &response.supported_features[0]);
        let level = MetadataVersion::LATEST.feature_level();
        assert_eq!((finalized.name.as_str(), finalized.max_version_level), ("metadata.version", level));
        assert_eq!((supported.max_version, response.finalized_features_epoch), (level, 5));
    }
}
