//! The `kedge` binary.

fn main() -> std::process::ExitCode {
    kedge_server::cli::main()
}
