mod decision_limits;
mod decisions;
mod start;
