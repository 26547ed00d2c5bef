//! Measures what a reader waits for.

use serde_json::Value;

use super::chromium::Chromium;
use crate::client::{Page, settings};

/// Loads of each page. The first one warms the browser up.
const LOADS: usize = 11;
/// When the browser painted the text for the first time, and when it had read the page, in milliseconds since the click.
const TIMES: &str = "(()=>{const p=performance.getEntriesByName('first-contentful-paint')[0],\
    n=performance.getEntriesByType('navigation')[0];\
    return p&&n.domComplete?[p.startTime,n.responseEnd,n.domComplete]:null})()";

#[tokio::test]
#[ignore = "prints figures"]
async fn first_paint_without_scripts() {
    let browser = Chromium::start().await.unwrap();
    for count in [30, 300, 1_000] {
        let page = Page::serve(count, settings()).await;
        let mut tab = browser.tab().await;
        tab.without_scripts().await;
        let mut loads = Vec::new();
        for _ in 0..LOADS {
            tab.go("about:blank").await;
            tab.go(&page.url("")).await;
            tab.until(&format!("{TIMES}!==null")).await;
            let times = tab.value(TIMES).await;
            loads.push([0, 1, 2].map(|at| times[at].as_f64().unwrap_or_default()));
        }
        assert_eq!(
            tab.value("document.getElementById('mode').innerText").await,
            Value::from("Read")
        );
        let median = |at: usize| {
            let mut times: Vec<_> = loads.iter().skip(1).map(|load| load[at]).collect();
            times.sort_by(f64::total_cmp);
            times[times.len() / 2]
        };
        let (paint, received, complete) = (median(0), median(1), median(2));
        println!(
            "{count} migrations: first paint {paint:.0} ms, last byte {received:.0} ms, complete {complete:.0} ms"
        );
    }
}
