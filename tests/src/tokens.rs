//! Collects the responses of the two OAuth endpoints.

use std::error::Error;

use atlas_simulator::{Fault, FaultRule};

use crate::responses::Caller;

const FORM: &str = "application/x-www-form-urlencoded";

/// Each endpoint: the operation's id, the path and the form.
const ENDPOINTS: [(&str, &str, &str); 2] = [
    ("createToken", "/api/oauth/token", "grant_type=client_credentials"),
    ("revokeToken", "/api/oauth/revoke", "token=unknown"),
];

impl Caller {
    /// Calls both endpoints with every kind of form, until their rate limit is exhausted.
    pub(crate) async fn tokens(&mut self) -> Result<(), Box<dyn Error>> {
        let scenario = self.simulator().scenario().clone();
        let account = scenario.service_account().ok_or("there is no service account")?;
        let client =
            format!("client_id={}&client_secret={}", account.client_id, account.client_secret);
        for (id, path, grant) in ENDPOINTS {
            let target = (id, "POST", path);
            let form = format!("{grant}&{client}");
            let content_type = |value: &str| vec![("content-type", value.to_owned())];
            for (case, content_type, form) in [
                ("valid", FORM, form.clone()),
                ("not a form", "application/json", form.clone()),
                ("no client", FORM, grant.to_owned()),
                ("unknown client", FORM, format!("{grant}&client_id=x&client_secret=y")),
                ("duplicate fields", FORM, format!("{form}&{form}")),
                ("no grant", FORM, client.clone()),
                ("another grant", FORM, form.replace("client_credentials", "password")),
                ("too large", FORM, "x".repeat(1024 * 1024 + 1)),
            ] {
                let headers = [("content-type", content_type.to_owned())];
                self.send(case, target, &headers, form).await?;
            }
            for fault in [
                Fault::UnexpectedError,
                Fault::Unauthorized,
                Fault::Forbidden,
                Fault::RateLimited { retry_after: None },
                Fault::RateLimitedUntil { seconds: 5 },
                Fault::HtmlBadGateway,
                Fault::HtmlServiceUnavailable { retry_after: Some(5) },
            ] {
                let case = format!("{fault:?}");
                self.simulator().control().inject(FaultRule::new(fault).times(1));
                self.send(&case, target, &content_type(FORM), form.clone()).await?;
            }
        }
        Ok(())
    }
}
