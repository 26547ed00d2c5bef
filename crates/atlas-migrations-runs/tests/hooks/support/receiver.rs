//! A real HTTP server that receives webhooks.

use std::{
    future::Future,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::Bytes,
    http::{HeaderMap, HeaderName, HeaderValue, StatusCode},
    response::{IntoResponse as _, Response},
};
use serde_json::Value;

/// A request that came.
#[derive(Clone, Debug)]
pub struct Call {
    pub path: String,
    pub headers: HeaderMap,
    pub body: Bytes,
}

impl Call {
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.body).unwrap()
    }

    pub fn header(&self, name: &str) -> &str {
        self.headers[name].to_str().unwrap()
    }
}

#[derive(Clone)]
pub struct Receiver {
    pub url: String,
    calls: Arc<Mutex<Vec<Call>>>,
}

impl Receiver {
    /// Starts a server that answers the n-th request, from 0, with what the function returns.
    pub async fn start<F>(respond: impl Fn(usize) -> F + Clone + Send + Sync + 'static) -> Self
    where
        F: Future<Output = Response> + Send + 'static,
    {
        let calls: Arc<Mutex<Vec<Call>>> = Arc::default();
        let seen = Arc::clone(&calls);
        let app =
            Router::new().fallback(move |uri: axum::http::Uri, headers: HeaderMap, body: Bytes| {
                let number = {
                    let mut seen = seen.lock().unwrap();
                    seen.push(Call { path: uri.to_string(), headers, body });
                    seen.len() - 1
                };
                respond(number)
            });
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let url = format!("http://{}/services/hook", listener.local_addr().unwrap());
        tokio::spawn(async move { axum::serve(listener, app).await });
        Self { url, calls }
    }

    pub async fn responding(status: u16) -> Self {
        Self::start(move |_| std::future::ready(respond(status))).await
    }

    pub fn calls(&self) -> Vec<Call> {
        self.calls.lock().unwrap().clone()
    }
}

pub fn respond(status: u16) -> Response {
    StatusCode::from_u16(status).unwrap().into_response()
}

pub fn redirect(to: &str) -> Response {
    let location = (HeaderName::from_static("location"), HeaderValue::from_str(to).unwrap());
    (StatusCode::TEMPORARY_REDIRECT, [location]).into_response()
}
