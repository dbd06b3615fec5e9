//! ConfigRecord, one key of one resource each.

use std::sync::Arc;

use kedge_protocol::metadata_records::ConfigRecord;

use super::{Delta, ReplayError};
use crate::image::{ConfigResource, ConfigResourceType};

impl Delta {
    pub(super) fn replay_config(&mut self, record: &ConfigRecord) -> Result<(), ReplayError> {
        let Some(resource_type) = ConfigResourceType::from_code(record.resource_type) else {
            let value = record.resource_type.into();
            return Err(ReplayError::InvalidValue { record: "ConfigRecord", field: "ResourceType", value });
        };
        let resource = ConfigResource { resource_type, resource_name: record.resource_name.clone() };
        let by_resource = &mut self.image.configs.by_resource;
        match &record.value {
            Some(value) => {
                let config = by_resource.entry(resource.clone()).or_default();
                Arc::make_mut(config).insert(record.name.clone(), value.clone());
            }
            None => {
                if let Some(config) = by_resource.get_mut(&resource) {
                    Arc::make_mut(config).remove(&record.name);
                    if config.is_empty() {
                        by_resource.remove(&resource);
                    }
                }
            }
        }
        self.touched.configs.insert(resource);
        Ok(())
    }
}
