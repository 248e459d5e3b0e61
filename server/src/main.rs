//! The program `plimsoll`.

fn main() -> std::process::ExitCode {
    server::cli::main()
}
