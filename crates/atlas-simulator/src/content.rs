//! A request's body: its type, and what is in it.

use http::header::CONTENT_TYPE;
use serde_json::Value;

use crate::problem::{self, Problem};
use crate::request::Received;
use crate::routes::{Operation, Served};
use crate::version::{self, Version};

/// Refuses a body of another type than the operation takes.
///
/// Invented: that this is decided where the version is, and that of the vendor types it has to be
/// one for which the same version serves that the `Accept` header asks for. `application/json`
/// stands for any version; parameters do not matter.
pub(crate) fn check_type(
    request: &Received,
    operation: &Operation,
    served: &Served,
) -> Result<(), Problem> {
    if served.body.is_none() {
        return Ok(());
    }
    let content_type = request.headers.get(CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let media_type = content_type.unwrap_or_default().split(';').next().unwrap_or_default().trim();
    let fits = media_type.eq_ignore_ascii_case("application/json")
        || Version::of_media_type(media_type)
            .and_then(|sent| version::not_after(sent, &operation.versions))
            .is_some_and(|meant| meant.version == served.version);
    if fits { Ok(()) } else { Err(problem::unsupported_media_type()) }
}

/// Reads the body as the schema has it; `null` where the operation takes none.
pub(crate) fn read(request: &Received, served: &Served) -> Result<Value, Problem> {
    let Some(schema) = &served.body else {
        return Ok(Value::Null);
    };
    let body = serde_json::from_slice(&request.body).map_err(|_| problem::malformed_json())?;
    schema.check(&body)?;
    Ok(body)
}
