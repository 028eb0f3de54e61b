//! Generates the service from the one copy of its definition, without protoc.

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let dir = "../../runner/interop/mlsclient";
    println!("cargo:rerun-if-changed={dir}/mls_client.proto");
    let files = protox::compile(["mls_client.proto"], [dir])?;
    tonic_prost_build::configure().build_client(false).compile_fds(files)?;
    Ok(())
}
