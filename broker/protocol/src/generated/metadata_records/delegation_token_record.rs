//! `DelegationTokenRecord`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DelegationTokenRecord` of `DelegationTokenRecord`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DelegationTokenRecord {
    /// Owner: `string 0+`.
    pub owner: String,
    /// Requester: `string 0+`.
    pub requester: String,
    /// Renewers: `[]string 0+`.
    pub renewers: Vec<String>,
    /// IssueTimestamp: `int64 0+`.
    pub issue_timestamp: i64,
    /// MaxTimestamp: `int64 0+`.
    pub max_timestamp: i64,
    /// ExpirationTimestamp: `int64 0+`.
    pub expiration_timestamp: i64,
    /// TokenId: `string 0+`.
    pub token_id: String,
}
impl Body for DelegationTokenRecord {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "DelegationTokenRecord.Owner", &self.owner);
        out.string(true, "DelegationTokenRecord.Requester", &self.requester);
        out.strings(true, "DelegationTokenRecord.Renewers", &self.renewers);
        out.i64(self.issue_timestamp);
        out.i64(self.max_timestamp);
        out.i64(self.expiration_timestamp);
        out.string(true, "DelegationTokenRecord.TokenId", &self.token_id);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DelegationTokenRecord");
        let this = DelegationTokenRecord {
            owner: input.string(true, "Owner"),
            requester: input.string(true, "Requester"),
            renewers: input.strings(true, "Renewers"),
            issue_timestamp: input.i64(),
            max_timestamp: input.i64(),
            expiration_timestamp: input.i64(),
            token_id: input.string(true, "TokenId"),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DelegationTokenRecord {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.owner = sample::string(random);
        this.requester = sample::string(random);
        this.renewers = sample::vec(random, |random| sample::string(random));
        this.issue_timestamp = sample::bits(random) as i64;
        this.max_timestamp = sample::bits(random) as i64;
        this.expiration_timestamp = sample::bits(random) as i64;
        this.token_id = sample::string(random);
        this
    }
}
impl Message for DelegationTokenRecord {
    const NAME: &'static str = "DelegationTokenRecord";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
