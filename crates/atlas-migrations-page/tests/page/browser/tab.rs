//! [`Tab`]: a tab that a test steers and listens to.

use std::time::Duration;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use futures_util::{SinkExt as _, StreamExt as _};
use serde_json::{Value, json};
use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};
use tokio_tungstenite::{MaybeTlsStream, WebSocketStream, connect_async, tungstenite::Message};

use crate::client::LIMIT;

/// A tab. It keeps what the browser reports.
pub struct Tab {
    socket: WebSocketStream<MaybeTlsStream<TcpStream>>,
    session: String,
    calls: u64,
    events: Vec<Value>,
}

impl Tab {
    /// Opens a tab of a browser.
    pub async fn open(endpoint: &str) -> Self {
        let (socket, _) = connect_async(endpoint).await.unwrap();
        let mut tab = Self { socket, session: String::new(), calls: 0, events: Vec::new() };
        let target = tab.call("Target.createTarget", json!({ "url": "about:blank" })).await;
        let attach = json!({ "targetId": target["targetId"], "flatten": true });
        let session = tab.call("Target.attachToTarget", attach).await;
        tab.session = session["sessionId"].as_str().unwrap().to_owned();
        for domain in ["Page", "Runtime", "Log", "Network", "Audits"] {
            tab.call(&format!("{domain}.enable"), json!({})).await;
        }
        tab.size(1280, 800).await;
        tab
    }

    /// Sends a command, and returns its result.
    pub async fn call(&mut self, method: &str, params: Value) -> Value {
        self.calls += 1;
        let id = self.calls;
        let mut message = json!({ "id": id, "method": method, "params": params });
        if !self.session.is_empty() {
            message["sessionId"] = self.session.as_str().into();
        }
        self.socket.send(Message::text(message.to_string())).await.unwrap();
        let response = async {
            loop {
                let message = self.socket.next().await.unwrap().unwrap();
                let Message::Text(text) = message else { continue };
                let value: Value = serde_json::from_str(&text).unwrap();
                if value["id"] == id {
                    return value;
                }
                self.events.push(value);
            }
        };
        let response = timeout(LIMIT, response).await.unwrap();
        assert!(response.get("error").is_none(), "{method}: {response}");
        response["result"].clone()
    }

    /// Sets the size in pixels. Narrow ones are phones.
    pub async fn size(&mut self, width: u32, height: u32) {
        let phone = width < 700;
        let metrics = json!({
            "width": width, "height": height, "deviceScaleFactor": 1, "mobile": phone,
        });
        self.call("Emulation.setDeviceMetricsOverride", metrics).await;
    }

    /// Sets a media feature, such as `prefers-color-scheme`.
    pub async fn media(&mut self, name: &str, value: &str) {
        let feature = json!({ "features": [{ "name": name, "value": value }] });
        self.call("Emulation.setEmulatedMedia", feature).await;
    }

    /// Turns scripts of pages off.
    pub async fn without_scripts(&mut self) {
        self.call("Emulation.setScriptExecutionDisabled", json!({ "value": true })).await;
    }

    /// Sends a header with each request, as a proxy does.
    pub async fn header(&mut self, name: &str, value: &str) {
        let headers = json!({ "headers": { name: value } });
        self.call("Network.setExtraHTTPHeaders", headers).await;
    }

    /// Goes to a page, and waits until it is there.
    pub async fn go(&mut self, url: &str) {
        let gone = self.call("Page.navigate", json!({ "url": url })).await;
        assert!(gone.get("errorText").is_none(), "{url}: {gone}");
        self.until("document.readyState==='complete'").await;
    }

    /// Returns the value of an expression. A promise is waited for.
    pub async fn value(&mut self, expression: &str) -> Value {
        let result = self.evaluate(expression).await;
        assert!(result.get("exceptionDetails").is_none(), "{expression}: {result}");
        result["result"]["value"].clone()
    }

    /// Returns the value of an expression as text.
    pub async fn text(&mut self, expression: &str) -> String {
        self.value(expression).await.as_str().unwrap_or_default().to_owned()
    }

    /// Waits until an expression is true.
    pub async fn until(&mut self, expression: &str) {
        let wait = async {
            // While another page is loaded, there is nothing to ask.
            while self.evaluate(expression).await["result"]["value"] != true {
                sleep(Duration::from_millis(20)).await;
            }
        };
        let is_done = timeout(LIMIT, wait).await.is_ok();
        if !is_done {
            let body = self.text("document.body.innerText").await;
            panic!("`{expression}` did not become true: {body}\n{:#?}", self.problems());
        }
    }

    async fn evaluate(&mut self, expression: &str) -> Value {
        let params =
            json!({ "expression": expression, "awaitPromise": true, "returnByValue": true });
        self.call("Runtime.evaluate", params).await
    }

    /// Presses a key, such as `Tab`.
    pub async fn press(&mut self, key: &str, code: u32) {
        for kind in ["rawKeyDown", "keyUp"] {
            let event =
                json!({ "type": kind, "key": key, "code": key, "windowsVirtualKeyCode": code });
            self.call("Input.dispatchKeyEvent", event).await;
        }
    }

    /// Clicks on the first element that a selector finds.
    pub async fn click(&mut self, selector: &str) {
        self.pointer(selector, &["mousePressed", "mouseReleased"], "left").await;
    }

    /// Moves the pointer over the first element that a selector finds.
    pub async fn hover(&mut self, selector: &str) {
        self.pointer(selector, &["mouseMoved"], "none").await;
    }

    async fn pointer(&mut self, selector: &str, kinds: &[&str], button: &str) {
        let point = self
            .value(&format!(
                "(()=>{{const e=document.querySelector({selector:?});e.scrollIntoView({{block:'center'}});\
                 const r=e.getBoundingClientRect();return [r.x+r.width/2,r.y+r.height/2]}})()"
            ))
            .await;
        for kind in kinds {
            let event = json!({
                "type": kind, "x": point[0], "y": point[1], "button": button, "clickCount": 1,
            });
            self.call("Input.dispatchMouseEvent", event).await;
        }
    }

    /// Returns a picture of the whole page as PNG, at most this high.
    pub async fn picture(&mut self, width: u32, height: u32) -> Vec<u8> {
        let clip = json!({ "x": 0, "y": 0, "width": width, "height": height, "scale": 1 });
        let params = json!({ "format": "png", "captureBeyondViewport": true, "clip": clip });
        let picture = self.call("Page.captureScreenshot", params).await;
        STANDARD.decode(picture["data"].as_str().unwrap()).unwrap()
    }

    /// Forgets what the browser reported.
    pub fn forget(&mut self) {
        self.events.clear();
    }

    /// Returns what the browser reported: messages in the console, exceptions, violations of the policy, requests that
    /// failed.
    pub fn problems(&self) -> Vec<String> {
        let reported = [
            "Runtime.consoleAPICalled",
            "Runtime.exceptionThrown",
            "Log.entryAdded",
            "Audits.issueAdded",
        ];
        self.events
            .iter()
            .filter(|event| event["method"].as_str().is_some_and(|name| reported.contains(&name)))
            .map(|event| event["params"].to_string())
            .collect()
    }

    /// Returns the addresses of the requests that the page made.
    pub fn requests(&self) -> Vec<String> {
        self.events
            .iter()
            .filter(|event| event["method"] == "Network.requestWillBeSent")
            .map(|event| event["params"]["request"]["url"].as_str().unwrap().to_owned())
            .collect()
    }

    /// Fails if the browser reported a problem, or if the page made a request to another place.
    pub async fn check(&mut self, url: &str) {
        // What was reported before this call is there when it returns.
        self.value("1").await;
        assert_eq!(self.problems(), Vec::<String>::new());
        let elsewhere = |request: &String| !request.starts_with(url) && request != "data:,";
        let elsewhere: Vec<_> = self.requests().into_iter().filter(elsewhere).collect();
        assert_eq!(elsewhere, Vec::<String>::new());
    }
}
