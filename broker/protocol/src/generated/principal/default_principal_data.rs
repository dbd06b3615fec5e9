//! `DefaultPrincipalData`. Generated from `broker/protocol/schemas/` by `cargo xtask codegen`.

#[cfg(feature = "test-util")]
use crate::sample::{self, Sample};
use crate::wire::{Body, Decoder, Encoder, Message};
/// `DefaultPrincipalData` of `DefaultPrincipalData`, versions 0–0.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct DefaultPrincipalData {
    /// Type: `string 0+`.
    pub r#type: String,
    /// Name: `string 0+`.
    pub name: String,
    /// TokenAuthenticated: `bool 0+`.
    pub token_authenticated: bool,
}
impl Body for DefaultPrincipalData {
    fn write(&self, version: i16, out: &mut Encoder) {
        out.string(true, "DefaultPrincipalData.Type", &self.r#type);
        out.string(true, "DefaultPrincipalData.Name", &self.name);
        out.bool(self.token_authenticated);
        out.uvarint(0);
    }
    fn read(version: i16, input: &mut Decoder) -> Self {
        let outer = input.enter("DefaultPrincipalData");
        let this = DefaultPrincipalData {
            r#type: input.string(true, "Type"),
            name: input.string(true, "Name"),
            token_authenticated: input.bool(),
        };
        input.skip_tags();
        input.enter(outer);
        this
    }
}
#[cfg(feature = "test-util")]
impl Sample for DefaultPrincipalData {
    fn sample(version: i16, random: sample::Random<'_>) -> Self {
        let mut this = Self::default();
        this.r#type = sample::string(random);
        this.name = sample::string(random);
        this.token_authenticated = random() & 1 == 1;
        this
    }
}
impl Message for DefaultPrincipalData {
    const NAME: &'static str = "DefaultPrincipalData";
    const MIN_VERSION: i16 = 0;
    const MAX_VERSION: i16 = 0;
    const FIRST_FLEXIBLE: i16 = 0;
}
