//! Proxies.

use std::io::{Read as _, Write as _};
use std::net::TcpListener;

use crate::process::{code, command, text};
use crate::{GROUP, MIGRATION};

/// Runs `describe` against Atlas through a proxy.
fn through_proxy(proxy: &str) -> std::process::Output {
    let mut command = command(&["describe", MIGRATION, "--project-id", GROUP, "--attempts", "1"]);
    for name in ["ALL_PROXY", "all_proxy", "HTTP_PROXY", "http_proxy", "https_proxy", "NO_PROXY"] {
        command.env_remove(name);
    }
    command.env_remove("no_proxy").env("HTTPS_PROXY", proxy);
    command.env("MONGODB_ATLAS_ACCESS_TOKEN", "not-a-real-bearer-token").output().unwrap()
}

#[test]
fn an_unreachable_proxy_is_named_without_its_credential() {
    let output = through_proxy("http://user:hunter2@127.0.0.1:1");
    let error = text(&output.stderr);
    assert_eq!(code(&output), 7, "{error}");
    assert!(error.contains("the proxy http://127.0.0.1:1"), "{error}");
    assert!(!error.contains("hunter2") && error.contains("nothing was changed"), "{error}");
}

#[test]
fn a_proxy_that_rejects_the_connection_is_named() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let proxy = format!("http://{}", listener.local_addr().unwrap());
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let _ = stream.read(&mut [0; 4096]);
            let _ = stream.write_all(b"HTTP/1.1 407 X\r\ncontent-length: 0\r\n\r\n");
        }
    });
    let output = through_proxy(&proxy);
    let error = text(&output.stderr);
    assert_eq!(code(&output), 7, "{error}");
    assert!(error.contains(&format!("the proxy {proxy}")), "{error}");
}
