//! What a decision is: units of records to commit, and the response to give once they are.

use kedge_metadata_state::{
    BrokerId, ErrorCode, Record, TopicId, TopicIdPartition, image::ConfigResource, records::MetadataRecord,
};

/// The records of one request or event, and its response.
#[derive(Clone, Debug, PartialEq)]
pub struct Decision<T> {
    /// In commit order. Empty: nothing changes, and the response may be given at once.
    pub units: Vec<DecisionUnit>,
    /// What to answer when every unit has been committed.
    pub response: T,
}

/// Records that apply together or not at all.
#[derive(Clone, Debug, PartialEq)]
pub struct DecisionUnit {
    /// What they are about.
    pub subject: Subject,
    /// The records, in order.
    pub records: Vec<Record>,
}

/// What a unit is about: the key by which its outcome finds its place in the response.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Subject {
    /// Features, migration state, transaction marks.
    Cluster,
    /// The producer-id allocator.
    ProducerIds,
    /// A broker's registration.
    Broker(BrokerId),
    /// A controller's registration.
    Controller(BrokerId),
    /// A topic as a whole.
    Topic(TopicId),
    /// One partition.
    Partition(TopicIdPartition),
    /// A resource's dynamic configs.
    Config(ConfigResource),
}

impl<T> Decision<T> {
    /// A decision that changes nothing.
    pub fn unchanged(response: T) -> Decision<T> {
        Decision { units: Vec::new(), response }
    }

    /// Nothing changes.
    pub fn is_empty(&self) -> bool {
        self.units.is_empty()
    }

    /// All records, in commit order.
    pub fn records(&self) -> impl Iterator<Item = &Record> {
        self.units.iter().flat_map(|unit| &unit.records)
    }

    /// The same units with another response.
    pub fn map<U>(self, response: impl FnOnce(T) -> U) -> Decision<U> {
        Decision { units: self.units, response: response(self.response) }
    }
}

impl DecisionUnit {
    /// A unit of metadata records.
    pub(crate) fn new(subject: Subject, records: impl IntoIterator<Item = impl Into<MetadataRecord>>) -> DecisionUnit {
        DecisionUnit { subject, records: records.into_iter().map(|record| Record::Metadata(record.into())).collect() }
    }
}

/// Metadata records in these units: how many offsets of `__cluster_metadata` they take. Sidecar records take none.
pub(crate) fn offsets_taken(units: &[DecisionUnit]) -> i64 {
    let records = units.iter().flat_map(|unit| &unit.records);
    records.filter(|record| matches!(record, Record::Metadata(_))).count() as i64
}

/// Why a request, or one item of it, is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", .error_code.name(), .message.as_deref().unwrap_or("no details"))]
pub struct ApiError {
    /// Kafka's code.
    pub error_code: ErrorCode,
    /// What is wrong, for APIs that carry a text.
    pub message: Option<String>,
}

/// An answer or a refusal.
pub type ApiResult<T> = Result<T, ApiError>;

impl ApiError {
    /// A code with its explanation.
    pub fn new(error_code: ErrorCode, message: impl Into<String>) -> ApiError {
        ApiError { error_code, message: Some(message.into()) }
    }
}

impl From<ErrorCode> for ApiError {
    fn from(error_code: ErrorCode) -> ApiError {
        ApiError { error_code, message: None }
    }
}
