//! The way of a request through the service: who asks, for what, in which version, whether it is
//! allowed, and what is answered.

use http::{HeaderName, StatusCode};

use crate::answer::{self, Answer, Manner};
use crate::auth::{Admitted, Caller, Refused};
use crate::bucket::Taken;
use crate::operations::Call;
use crate::problem::{self, Problem};
use crate::request::Received;
use crate::routes::{Operation, Parameters, Route};
use crate::world::World;
use crate::{is_object_id, oauth, version};

const AUTHENTICATION_INFO: HeaderName = HeaderName::from_static("authentication-info");

/// Who asks, by the headers alone: this is decided before the body is looked at. `None` where
/// nobody is asked, as the token endpoint takes a credential of another kind.
pub(crate) fn authenticate(
    world: &World,
    request: &Received,
    route: &Route<'_>,
) -> Option<Result<Admitted, Refused>> {
    match route {
        Route::Token(_) => None,
        _ => Some(world.auth.authenticate(request, &world.tokens)),
    }
}

/// Answers a request without regard to the faults.
///
/// Invented: the order of the steps, save that credentials come first and that an operation is
/// found before its project is looked for.
pub(crate) fn answer(
    world: &World,
    request: &Received,
    route: &Route<'_>,
    identity: Option<Result<Admitted, Refused>>,
) -> Answer {
    let mut manner = Manner::new(request, route);
    if let Route::Token(endpoint) = route {
        return oauth::answer(world, request, *endpoint, &manner);
    }
    let admitted = match identity {
        Some(Ok(admitted)) => admitted,
        Some(Err(Refused::Unknown)) | None => return challenge(world, request, false),
        Some(Err(Refused::Stale)) => return challenge(world, request, true),
    };
    let answer = known(world, request, route, &admitted.caller, &mut manner);
    match admitted.info {
        Some(info) => answer.with(AUTHENTICATION_INFO, info),
        None => answer,
    }
}

fn challenge(world: &World, request: &Received, stale: bool) -> Answer {
    answer::challenge(request, world.auth.challenges(stale, request.client_now))
}

/// Answers a caller who is known.
fn known<'a>(
    world: &'a World,
    request: &'a Received,
    route: &'a Route<'a>,
    caller: &'a Caller,
    manner: &mut Manner<'a>,
) -> Answer {
    if let Err(problem) = caller.check_address(request.address) {
        return manner.problem(&problem);
    }
    match route {
        Route::Options { allow } => answer::allowed(request, StatusCode::OK, allow),
        Route::OtherMethod { allow } => {
            answer::allowed(request, StatusCode::METHOD_NOT_ALLOWED, allow)
        }
        Route::Unknown | Route::Token(_) => {
            manner.problem(&problem::resource_not_found(request.uri.path()))
        }
        Route::Operation(operation, parameters) => {
            let asked = Asked { world, request, caller, operation, parameters };
            asked.answer(manner).unwrap_or_else(|problem| manner.problem(&problem))
        }
    }
}

/// An operation that somebody asks for.
struct Asked<'a> {
    world: &'a World,
    request: &'a Received,
    caller: &'a Caller,
    operation: &'a Operation,
    parameters: &'a Parameters,
}

impl<'a> Asked<'a> {
    fn answer(&self, manner: &mut Manner<'a>) -> Result<Answer, Problem> {
        let content_type = version::served(self.request.accept(), &self.operation.versions)
            .ok_or_else(problem::not_acceptable)?;
        manner.operation = Some(self.operation);
        let id = self.parameters.get("groupId");
        if !is_object_id(id) {
            return Err(problem::invalid_group_id(id));
        }
        let project = self.world.projects.project(id);
        let project = project.ok_or_else(|| problem::group_not_found(id))?;
        self.caller.check_project(id)?;
        self.count(id, manner)?;
        if let Some(name) = manner.invalid_parameter() {
            return Err(problem::invalid_query_parameter(name));
        }
        let call = Call { project, parameters: self.parameters, now: self.request.now };
        let content = (self.operation.handler)(&call)?;
        Ok(manner.success(content_type, content))
    }

    /// Counts the request against its owner's rate limit. Whatever becomes of it, it stays counted.
    fn count(&self, owner: &str, manner: &mut Manner<'a>) -> Result<(), Problem> {
        let Some((limit, taken)) = self.world.buckets.take(owner, self.request.client_now) else {
            return Ok(());
        };
        match taken {
            Taken::Allowed { remaining } => {
                manner.rate = Some((limit.capacity, remaining));
                Ok(())
            }
            Taken::Exhausted { retry_after } => {
                manner.rate = Some((limit.capacity, 0));
                let path = self.request.uri.path();
                Err(problem::rate_limited(path, limit, Some(retry_after)))
            }
        }
    }
}
