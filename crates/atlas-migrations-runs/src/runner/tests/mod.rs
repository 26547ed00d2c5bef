mod decision_limits;
mod decision_reasons;
mod decisions;
mod plan_order;
mod start;
