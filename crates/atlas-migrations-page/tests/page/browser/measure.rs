//! Measures what a reader waits for.

use serde_json::{Value, json};

use super::{chromium::Chromium, tab::Tab};
use crate::client::{Page, settings};

/// Changes that a browser shows.
const CHANGES: u64 = 20;

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

#[tokio::test]
#[ignore = "prints figures"]
async fn work_of_a_browser_for_a_change() {
    let browser = Chromium::start().await.unwrap();
    for count in [30, 300, 1_000] {
        let page = Page::serve(count, settings()).await;
        let fraud = page.stream_of("fraud").await;
        let mut tab = browser.tab().await;
        tab.call("Performance.enable", json!({})).await;
        tab.go(&page.url("")).await;
        tab.until("document.getElementById('mode').textContent.startsWith('Live')").await;
        let before = busy(&mut tab).await;
        for change in 0..CHANGES {
            page.sample.look(fraud, 0, "WORKING", false, 61 + change).await;
            let row = format!("document.getElementById('m-{fraud}').textContent");
            tab.until(&format!("{row}.includes('1 min {} s')", 1 + change)).await;
        }
        let work =
            (busy(&mut tab).await - before) * 1e3 / f64::from(u32::try_from(CHANGES).unwrap());
        println!("{count} migrations: {work:.1} ms of the browser's main thread for a change");
    }
}

/// Returns how long the main thread of a tab worked, in seconds.
async fn busy(tab: &mut Tab) -> f64 {
    let metrics = tab.call("Performance.getMetrics", json!({})).await;
    let all = metrics["metrics"].as_array().unwrap();
    let busy = all.iter().find(|metric| metric["name"] == "TaskDuration").unwrap();
    busy["value"].as_f64().unwrap()
}
