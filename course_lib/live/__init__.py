"""What lives in a page without a kernel: explorers, predictions, quizzes. Standard library only."""
