//! The service accounts as OAuth clients.

use std::collections::HashMap;
use std::sync::Arc;

use super::caller::Caller;
use super::client_credentials::ClientCredentials;
use crate::scenario::{Scenario, ServiceAccount};

/// A service account.
pub(crate) struct Client {
    pub(crate) id: String,
    secret: String,
    pub(super) caller: Arc<Caller>,
}

/// The service accounts, by id.
pub(crate) struct Clients(HashMap<String, Arc<Client>>);

impl Clients {
    pub(crate) fn new(scenario: &Scenario) -> Self {
        let client = |account: &ServiceAccount| {
            let ServiceAccount { client_id, client_secret, access, role, project_ids } = account;
            let client = Client {
                id: client_id.clone(),
                secret: client_secret.clone(),
                caller: Caller::new(*access, *role, project_ids.as_deref()),
            };
            (client_id.clone(), Arc::new(client))
        };
        Self(scenario.service_accounts.iter().map(client).collect())
    }

    /// Finds the client with that id, whether its secret is right or not.
    pub(crate) fn find(&self, credentials: &ClientCredentials) -> Option<&Arc<Client>> {
        credentials.ids().find_map(|id| self.0.get(id))
    }
}

impl Client {
    /// Returns whether the credentials are this client's.
    pub(crate) fn is_authenticated_by(&self, credentials: &ClientCredentials) -> bool {
        credentials.contains(&self.id, &self.secret)
    }
}
