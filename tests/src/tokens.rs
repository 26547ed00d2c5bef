//! Answers of the token endpoint and of the one that revokes.

use std::error::Error;

use atlas_simulator::{Fault, FaultRule};

use crate::answers::Caller;

const FORM: &str = "application/x-www-form-urlencoded";

/// Both endpoints: the operation's id, the path, and what a form asks for.
const ENDPOINTS: [(&str, &str, &str); 2] = [
    ("createToken", "/api/oauth/token", "grant_type=client_credentials"),
    ("revokeToken", "/api/oauth/revoke", "token=unknown"),
];

impl Caller {
    /// Every answer of both, the limit of which is used up in the end.
    pub(crate) async fn tokens(&mut self) -> Result<(), Box<dyn Error>> {
        let scenario = self.simulator().scenario().clone();
        let account = scenario.service_account().ok_or("there is no service account")?;
        let client =
            format!("client_id={}&client_secret={}", account.client_id, account.client_secret);
        for (id, path, wish) in ENDPOINTS {
            let target = (id, "POST", path);
            let form = format!("{wish}&{client}");
            let content_type = |value: &str| vec![("content-type", value.to_owned())];
            for (case, content_type, form) in [
                ("good", FORM, form.clone()),
                ("no form", "application/json", form.clone()),
                ("nobody", FORM, wish.to_owned()),
                ("a stranger", FORM, format!("{wish}&client_id=x&client_secret=y")),
                ("twice", FORM, format!("{form}&{form}")),
                ("no wish", FORM, client.clone()),
                ("another wish", FORM, form.replace("client_credentials", "password")),
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
