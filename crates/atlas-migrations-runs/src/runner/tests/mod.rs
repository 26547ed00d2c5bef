mod decisions;
mod start;
