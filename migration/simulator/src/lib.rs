//! A cluster that moves, in one thread and from one seed.
