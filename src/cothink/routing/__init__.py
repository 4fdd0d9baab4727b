"""Which models answer, and why: kinds of tasks, what a model can do, how hard a task looks, the policy over them."""
