//! The log of requests, and what it hides.

use std::sync::{Arc, Mutex};
use std::time::Duration;

use crate::client::{
    ACCEPT, Connection, PATH, advance, authorization, get, manual, request, request_with,
};

#[tokio::test]
async fn a_request_is_recorded_completely() {
    let simulator = manual().start().await.unwrap();
    let control = simulator.control();
    advance(&control, 5);
    let mut connection = Connection::open(&simulator).await;
    let authorization = authorization(&simulator);
    let headers = [&authorization, ACCEPT, "X-Twice: a", "X-Twice: b", "Content-Length: 4"];
    connection.send("GET", &format!("{PATH}?pretty=true&x=%20"), &headers).await;
    connection.send_raw(b"body").await.unwrap();
    connection.receive("GET").await.unwrap();

    let requests = control.requests();
    let [request] = requests.as_slice() else { panic!("{requests:?}") };
    assert_eq!(request.method(), "GET");
    assert_eq!(request.path(), PATH);
    assert_eq!(request.query(), Some("pretty=true&x=%20"));
    assert_eq!(request.body().as_ref(), b"body");
    assert_eq!(request.operation_id(), Some("getGroupLiveMigration"));
    assert_eq!(request.status(), Some(200));
    assert_eq!(request.at(), Duration::from_secs(5));
    assert!(request.took() < Duration::from_secs(60));
    let twice: Vec<_> = request.headers().get_all("x-twice").into_iter().collect();
    assert_eq!(twice, ["a", "b"]);
    let sent = authorization.split_once(": ").unwrap().1;
    assert_eq!(request.headers()["authorization"], sent);
}

#[tokio::test]
async fn no_output_of_a_recorded_request_shows_the_token() {
    let simulator = manual().start().await.unwrap();
    get(&simulator).await;
    let token = simulator.scenario().bearer_token().unwrap();
    let request = &simulator.control().requests()[0];
    let text = format!(
        "{request} {request:?} {:?} {simulator:?} {:?} {:?}",
        request.headers(),
        simulator.control(),
        simulator.scenario(),
    );
    assert!(!text.contains(token), "{text}");
    assert!(text.contains("accept"), "{text}");
}

#[tokio::test]
async fn a_recorded_request_is_displayed_as_a_log_line() {
    let simulator = manual().start().await.unwrap();
    get(&simulator).await;
    request(&simulator, "DELETE", "/x?y=1").await;
    let lines: Vec<_> = simulator.control().requests().iter().map(ToString::to_string).collect();
    let (start, milliseconds) = lines[0].rsplit_once(' ').unwrap();
    assert_eq!(start, format!("GET {PATH} 200"));
    assert!(milliseconds.strip_suffix("ms").unwrap().parse::<u32>().is_ok(), "{milliseconds}");
    assert!(lines[1].starts_with("DELETE /x?y=… 404 "), "{}", lines[1]);
}

#[tokio::test]
async fn possible_secrets_in_queries_and_headers_are_hidden() {
    let simulator = manual().control_port(0).start().await.unwrap();
    let authorization = authorization(&simulator);
    let cookie = "Cookie: session=hush";
    for target in [PATH, "/unknown", "/api/oauth/token"] {
        for method in ["GET", "POST", "OPTIONS"] {
            let target = format!("{target}?pretty=true&api_key=hush&hush");
            request_with(
                &simulator,
                method,
                &target,
                &[&authorization, ACCEPT, cookie, "X-Key: hush"],
            )
            .await;
        }
    }
    let requests = simulator.control().requests();
    let texts =
        requests.iter().map(|request| format!("{request} {request:?} {:?}", request.headers()));
    let mut text: String = texts.collect();
    let mut connection = Connection::open_at(simulator.control_url().unwrap()).await;
    connection.send("GET", "/requests", &[]).await;
    text.push_str(connection.receive("GET").await.unwrap().body());
    assert!(!text.contains("hush"), "{text}");
    assert!(text.contains("?pretty=true&api_key=…&… 200 "), "{text}");
    assert!(text.contains("/unknown?pretty=…&api_key=…&… 404 "), "{text}");
    // Within the process the query is available as sent.
    assert_eq!(requests[0].query(), Some("pretty=true&api_key=hush&hush"));
    assert_eq!(requests[0].headers()["cookie"], "session=hush");
}

#[tokio::test]
async fn requests_are_recorded_in_order_including_refused_ones() {
    let simulator = manual().start().await.unwrap();
    request(&simulator, "GET", "/one").await;
    request(&simulator, "DELETE", PATH).await;
    get(&simulator).await;
    let control = simulator.control();
    let seen: Vec<_> = control
        .requests()
        .iter()
        .map(|request| (request.status(), request.operation_id().map(str::to_owned)))
        .collect();
    let get = Some("getGroupLiveMigration".to_owned());
    assert_eq!(seen, [(Some(404), None), (Some(405), None), (Some(200), get)]);
    assert_eq!(control.request_count(), 3);
}

#[tokio::test]
async fn an_observer_sees_each_request_before_its_client_gets_the_response() {
    let statuses = Arc::new(Mutex::new(Vec::new()));
    let observer = Arc::clone(&statuses);
    let simulator = manual()
        .on_request(move |request| observer.lock().unwrap().push(request.status()))
        .start()
        .await
        .unwrap();
    get(&simulator).await;
    assert_eq!(*statuses.lock().unwrap(), [Some(200)]);
    request(&simulator, "GET", "/").await;
    assert_eq!(*statuses.lock().unwrap(), [Some(200), Some(404)]);
}

#[tokio::test]
async fn an_incomplete_request_is_recorded_without_a_status() {
    let simulator = manual().start().await.unwrap();
    let control = simulator.control();
    let mut connection = Connection::open(&simulator).await;
    connection.send("GET", PATH, &["Content-Length: 10"]).await;
    connection.send_raw(b"half").await.unwrap();
    drop(connection);
    for _ in 0..1000 {
        get(&simulator).await;
        if control.requests().iter().any(|request| request.status().is_none()) {
            return;
        }
    }
    panic!("the request is not recorded");
}
