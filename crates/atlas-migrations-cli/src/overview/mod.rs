//! What the journal and Atlas know of migrations, for `list` and `status`.

mod refresh;
mod report;
mod view;

pub use self::refresh::refresh;
pub use self::report::{list_table, status_table, to_json};
pub use self::view::MigrationView;
