//! Every message in every version: a random value comes back as it was, and the bytes are stable.

use kedge_protocol::catalog::MESSAGES;
use kedge_protocol::sample::seeded;
use kedge_protocol::{ApiKey, api::API_INFO};

const VALUES_PER_VERSION: u64 = 20;

#[test]
fn random_values_of_every_message_and_version_round_trip() {
    let mut random = seeded(1);
    let mut checked = 0;
    for message in MESSAGES {
        for version in message.min_version..=message.max_version {
            for _ in 0..VALUES_PER_VERSION {
                let bytes = (message.sample)(version, &mut random).expect("a sampled value round-trips");
                let again = (message.roundtrip)(version, bytes.clone()).expect("valid bytes decode");
                assert_eq!(bytes, again, "{} v{version}", message.name);
                checked += 1;
            }
        }
    }
    assert!(checked > 10_000, "only {checked} values");
}

#[test]
fn versions_outside_the_range_are_refused() {
    for message in MESSAGES {
        for version in [message.min_version - 1, message.max_version + 1] {
            assert!((message.decode)(version, Default::default()).is_err(), "{} v{version}", message.name);
        }
    }
}

#[test]
fn requests_and_the_api_table_agree() {
    let requests: Vec<_> = MESSAGES.iter().filter(|message| message.is_request).collect();
    assert_eq!(requests.len(), API_INFO.len());
    for api in API_INFO {
        let both: Vec<_> = MESSAGES.iter().filter(|m| m.group == "messages" && m.key == Some(api.key.0)).collect();
        assert_eq!(both.len(), 2, "{api:?}");
        for message in both {
            let range = (message.min_version, message.max_version, message.first_flexible);
            assert_eq!(range, (api.min_version, api.max_version, api.first_flexible), "{}", message.name);
        }
        assert_eq!(api.key.info(), Some(api));
    }
    assert_eq!(ApiKey(76).info(), None);
    insta::assert_snapshot!(
        API_INFO
            .iter()
            .map(|api| {
                let flexible =
                    if api.first_flexible == i16::MAX { "never".into() } else { api.first_flexible.to_string() };
                let listeners = [(api.zk_broker, 'z'), (api.broker, 'b'), (api.controller, 'c')];
                let listeners: String =
                    listeners.iter().filter(|(served, _)| *served).map(|(_, letter)| letter).collect();
                format!(
                    "{} {} {}-{} flexible {flexible} {listeners}\n",
                    api.key.0, api.name, api.min_version, api.max_version
                )
            })
            .collect::<String>()
    );
}
