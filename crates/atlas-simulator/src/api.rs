//! The way of a request through the service: who asks, for what, in which version, whether it is
//! allowed, and what is answered.

use http::{HeaderName, StatusCode};

use crate::answer::{self, Answer, Manner};
use crate::auth::{Admitted, Caller, Refused};
use crate::bucket::Taken;
use crate::operations::{Call, Handler};
use crate::organisation::Organisation;
use crate::problem::{self, Problem};
use crate::projects::Project;
use crate::request::Received;
use crate::routes::{Operation, Parameters, Route, Served};
use crate::world::World;
use crate::{content, is_object_id, oauth, version};

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
        let served = version::served(self.request.accept(), &self.operation.versions)
            .ok_or_else(problem::not_acceptable)?;
        content::check_type(self.request, self.operation, served)?;
        manner.serve(self.operation, Some(served));
        let reply = match self.operation.handler {
            Handler::Group(handler) => {
                let project = self.project()?;
                handler(&self.call(project.id(), served, manner)?, project)?
            }
            Handler::Organisation(handler) => {
                let organisation = self.organisation()?;
                handler(&self.call(organisation.id(), served, manner)?, organisation)?
            }
        };
        Ok(manner.success(reply.status, &served.content_type, reply.content))
    }

    /// The project of the path, once it is known that the caller sees it.
    fn project(&self) -> Result<&'a Project, Problem> {
        let id = self.parameters.get("groupId");
        if !is_object_id(id) {
            return Err(problem::invalid_group_id(id));
        }
        let project = self.world.projects.project(id);
        let project = project.ok_or_else(|| problem::group_not_found(id))?;
        self.caller.check_project(id)?;
        Ok(project)
    }

    /// The organisation, once it is known that the path names it and that the caller sees it.
    fn organisation(&self) -> Result<&'a Organisation, Problem> {
        self.world.organisation.check_id(self.parameters.get("orgId"))?;
        self.caller.check_organisation()?;
        Ok(&self.world.organisation)
    }

    /// The call, once the caller may make it, it is counted, and it is well formed.
    fn call(
        &self,
        owner: &str,
        served: &'a Served,
        manner: &mut Manner<'a>,
    ) -> Result<Call<'a>, Problem> {
        self.caller.check_role(self.operation.role)?;
        self.count(owner, manner)?;
        if let Some(name) = manner.invalid_parameter() {
            return Err(problem::invalid_query_parameter(name));
        }
        Ok(Call {
            world: self.world,
            served,
            parameters: self.parameters,
            body: content::read(self.request, served)?,
            now: self.request.now,
        })
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
