# Nothing but the right answers.
