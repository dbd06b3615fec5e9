//! `docs/km-codes.md` is the table of `codes.rs`, written out.

#[test]
fn the_page_of_codes_is_current() {
    let page = concat!(env!("CARGO_MANIFEST_DIR"), "/../docs/km-codes.md");
    let wanted = kedge_migration::codes::markdown();
    if std::env::var_os("KEDGE_WRITE_DOCS").is_some() {
        std::fs::write(page, &wanted).unwrap();
    }
    let found = std::fs::read_to_string(page).unwrap_or_default();
    assert!(
        found == wanted,
        "docs/km-codes.md is stale: KEDGE_WRITE_DOCS=1 cargo test -p kedge-migration --test km_codes"
    );
}
