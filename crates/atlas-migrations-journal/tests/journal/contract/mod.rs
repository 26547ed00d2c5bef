//! What both stores do alike.

mod append;
mod files;
mod lease;
mod once;
mod views;

/// Runs each test against both stores.
macro_rules! on_both_stores {
    ($($test:ident,)*) => {
        mod sqlite {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(journal) = crate::support::journal::TestJournal::new(crate::support::journal::Kind::Sqlite).await {
                    super::$test(journal).await;
                }
            })*
        }

        mod postgres {
            $(#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn $test() {
                if let Some(journal) = crate::support::journal::TestJournal::new(crate::support::journal::Kind::Postgres).await {
                    super::$test(journal).await;
                }
            })*
        }
    };
}
pub(crate) use on_both_stores;
