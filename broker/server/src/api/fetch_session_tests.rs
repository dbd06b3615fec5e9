//! Tests of the session table.

use super::*;
use crate::replica::Waiters;

fn request(session_id: i32, session_epoch: i32, partitions: &[i32]) -> FetchRequest {
    let partitions = partitions
        .iter()
        .map(|partition| FetchPartition { partition: *partition, fetch_offset: 5, ..Default::default() })
        .collect();
    let topics = vec![FetchTopic { topic: "t".to_owned(), partitions, ..Default::default() }];
    FetchRequest { session_id, session_epoch, topics, ..Default::default() }
}

fn forgetting(session_id: i32, session_epoch: i32, partitions: &[i32]) -> FetchRequest {
    let forgotten = ForgottenTopic { topic: "t".to_owned(), partitions: partitions.to_vec(), ..Default::default() };
    FetchRequest {
        topics: Vec::new(),
        forgotten_topics_data: vec![forgotten].into(),
        ..request(session_id, session_epoch, &[])
    }
}

fn outcome(high_watermark: i64) -> Outcome {
    Outcome { has_records: false, is_exceptional: false, is_behind: false, high_watermark, log_start_offset: 0 }
}

/// Runs one request; every partition comes to what `outcome` says.
fn run(
    sessions: &mut FetchSessions,
    request: &FetchRequest,
    outcome: impl Fn(i32) -> Outcome,
    now_ms: i64,
) -> Result<(i32, Vec<i32>), ErrorCode> {
    run_as(sessions, request, outcome, false, now_ms)
}

fn run_as(
    sessions: &mut FetchSessions,
    request: &FetchRequest,
    outcome: impl Fn(i32) -> Outcome,
    is_privileged: bool,
    now_ms: i64,
) -> Result<(i32, Vec<i32>), ErrorCode> {
    let Begun { mode, wanted, waiter } = sessions.begin(request, 12, now_ms)?;
    let results: Vec<(Wanted, Outcome)> = wanted
        .into_iter()
        .map(|wanted| {
            let outcome = outcome(wanted.key.partition_id);
            (wanted, outcome)
        })
        .collect();
    let (session_id, told) = sessions.finish(mode, &waiter, is_privileged, false, &results, now_ms)?;
    let told = results.iter().zip(told).filter(|(_, told)| *told).map(|((wanted, _), _)| wanted.key.partition_id);
    Ok((session_id, told.collect()))
}

#[test]
fn a_session_tells_only_what_is_new() {
    let mut sessions = FetchSessions::new(10, 41, 0);
    let (id, told) = run(&mut sessions, &request(0, 0, &[0, 1, 2]), |_| outcome(5), 0).unwrap();
    assert_eq!((id, told), (41, vec![0, 1, 2]));
    let (_, told) = run(&mut sessions, &request(id, 1, &[]), |_| outcome(5), 1).unwrap();
    assert_eq!(told, [] as [i32; 0]);
    // A high watermark that moved, records, an error.
    let at = |partition| match partition {
        0 => outcome(6),
        1 => Outcome { has_records: true, ..outcome(5) },
        _ => Outcome { is_exceptional: true, ..outcome(-1) },
    };
    assert_eq!(run(&mut sessions, &request(id, 2, &[]), at, 2).unwrap().1, [0, 1, 2]);
    // After the error the state is told again; 1 had records and went to the end.
    let (_, told) = run(&mut sessions, &request(id, 3, &[]), |_| outcome(6), 3).unwrap();
    assert_eq!(told, [2, 1]);
    // New and forgotten partitions.
    assert_eq!(run(&mut sessions, &request(id, 4, &[7]), |_| outcome(6), 4).unwrap().1, [7]);
    assert_eq!(run(&mut sessions, &forgetting(id, 5, &[0, 1]), |_| outcome(9), 5).unwrap().1, [2, 7]);
    assert_eq!(sessions.size(), (1, 2));
}

#[test]
fn a_request_looks_at_what_has_changed() {
    let mut sessions = FetchSessions::new(10, 1, 1_000);
    let all: Vec<i32> = (0..100).collect();
    let opening = sessions.begin(&request(0, 0, &all), 12, 0).unwrap();
    let results: Vec<(Wanted, Outcome)> = opening.wanted.into_iter().map(|wanted| (wanted, outcome(5))).collect();
    let waiter = opening.waiter;
    let (id, _) = sessions.finish(opening.mode, &waiter, true, false, &results, 0).unwrap();
    let partitions: Vec<Waiters> = all.iter().map(|_| Waiters::default()).collect();
    for (number, waiters) in partitions.iter().enumerate() {
        waiters.register_session(&waiter, number, true);
    }
    let mut epoch = 0;
    let mut looks = |sessions: &mut FetchSessions, named: &[i32], outcome: &dyn Fn(i32) -> Outcome, now_ms: i64| {
        epoch += 1;
        let begun = sessions.begin(&request(id, epoch, named), 12, now_ms).unwrap();
        let results: Vec<(Wanted, Outcome)> = begun
            .wanted
            .into_iter()
            .map(|wanted| {
                let outcome = outcome(wanted.key.partition_id);
                (wanted, outcome)
            })
            .collect();
        sessions.finish(begun.mode, &begun.waiter, true, false, &results, now_ms).unwrap();
        results.iter().map(|(wanted, _)| wanted.key.partition_id).collect::<Vec<i32>>()
    };
    let settled = |_| outcome(5);
    assert_eq!(looks(&mut sessions, &[], &settled, 1), [0; 0]);
    partitions[7].wake();
    partitions[3].wake();
    assert_eq!(looks(&mut sessions, &[40], &settled, 2), [3, 7, 40], "named, or moved");
    // Records that may not have arrived, an error, more than the response had room for: looked at until they are settled.
    let unsettled = |partition| match partition {
        1 => Outcome { has_records: true, is_behind: true, ..outcome(6) },
        2 => Outcome { is_exceptional: true, ..outcome(-1) },
        _ => Outcome { is_behind: true, ..outcome(5) },
    };
    assert_eq!(looks(&mut sessions, &[1, 2, 3], &unsettled, 3), [1, 2, 3]);
    assert_eq!(looks(&mut sessions, &[], &unsettled, 4), [2, 3, 1], "what had records comes last");
    assert_eq!(looks(&mut sessions, &[], &settled, 5).len(), 3);
    assert_eq!(looks(&mut sessions, &[], &settled, 6), [0; 0]);
    assert_eq!(looks(&mut sessions, &[], &settled, 1_000).len(), 100, "now and then everything");
    assert_eq!(looks(&mut sessions, &[], &settled, 1_001), [0; 0]);
    sessions.look_at_all();
    assert_eq!(looks(&mut sessions, &[], &settled, 1_002).len(), 100, "and when the readers have changed");
}

#[test]
fn what_moves_while_a_request_waits_is_due_until_it_is_settled() {
    let mut sessions = FetchSessions::new(10, 1, 1_000);
    let (id, _) = run(&mut sessions, &request(0, 0, &[0, 1, 2]), |_| outcome(5), 0).unwrap();
    let waiting = sessions.begin(&request(id, 1, &[]), 12, 1).unwrap();
    let Mode::Incremental { session_id, next_epoch } = waiting.mode else { panic!("{:?}", waiting.mode) };
    assert_eq!((waiting.wanted, sessions.moved(session_id, next_epoch)), (vec![], Some(vec![])));
    let partition = Waiters::default();
    partition.register_session(&waiting.waiter, 2, true);
    partition.wake();
    let moved = sessions.moved(session_id, next_epoch).unwrap();
    assert_eq!(moved.iter().map(|wanted| wanted.key.partition_id).collect::<Vec<_>>(), [2]);
    // Its connection is lost, the answer with it: the next request looks again.
    let next = sessions.begin(&request(id, 2, &[]), 12, 2).unwrap();
    assert_eq!(next.wanted, moved);
    assert_eq!(sessions.moved(session_id, next_epoch), None, "overtaken");
}

#[test]
fn errors_at_the_top() {
    let mut sessions = FetchSessions::new(10, 1, 0);
    let (id, _) = run(&mut sessions, &request(0, 0, &[0]), |_| outcome(5), 0).unwrap();
    let begin = |sessions: &mut FetchSessions, id, epoch, version| {
        sessions.begin(&request(id, epoch, &[]), version, 0).map(|begun| begun.mode)
    };
    assert_eq!(begin(&mut sessions, id + 1, 1, 12), Err(ErrorCode::FETCH_SESSION_ID_NOT_FOUND));
    assert_eq!(begin(&mut sessions, id, 2, 12), Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH));
    assert_eq!(begin(&mut sessions, id, 1, 13), Err(ErrorCode::FETCH_SESSION_TOPIC_ID_ERROR));
    assert!(begin(&mut sessions, id, 1, 12).is_ok());
    assert_eq!(begin(&mut sessions, id, 1, 12), Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH), "sent twice");
}

#[test]
fn a_slower_answer_of_the_same_session_is_void() {
    let mut sessions = FetchSessions::new(10, 1, 0);
    let (id, _) = run(&mut sessions, &request(0, 0, &[0]), |_| outcome(5), 0).unwrap();
    let slow = sessions.begin(&request(id, 1, &[]), 12, 0).unwrap();
    run(&mut sessions, &request(id, 2, &[]), |_| outcome(6), 0).unwrap();
    assert_eq!(
        sessions.finish(slow.mode, &slow.waiter, false, false, &[], 0),
        Err(ErrorCode::INVALID_FETCH_SESSION_EPOCH)
    );
}

#[test]
fn closing_and_emptying_ends_a_session() {
    let mut sessions = FetchSessions::new(10, 1, 0);
    let (id, _) = run(&mut sessions, &request(0, 0, &[0, 1]), |_| outcome(5), 0).unwrap();
    let (closed, told) = run(&mut sessions, &request(id, -1, &[0]), |_| outcome(5), 0).unwrap();
    assert_eq!((closed, told, sessions.size()), (NO_SESSION, vec![0], (0, 0)));
    let (id, _) = run(&mut sessions, &request(0, 0, &[0, 1]), |_| outcome(5), 0).unwrap();
    assert_eq!(run(&mut sessions, &forgetting(id, 1, &[0, 1]), |_| outcome(5), 0).unwrap(), (NO_SESSION, vec![]));
    assert_eq!(sessions.size(), (0, 0));
    // A full request in the name of a session replaces it.
    let (id, _) = run(&mut sessions, &request(0, 0, &[0, 1]), |_| outcome(5), 0).unwrap();
    let (next, _) = run(&mut sessions, &request(id, 0, &[0]), |_| outcome(5), 0).unwrap();
    assert_ne!(next, id);
    assert_eq!(sessions.size(), (1, 1));
}

#[test]
fn old_versions_have_no_sessions() {
    let mut sessions = FetchSessions::new(10, 1, 0);
    let old = FetchRequest { session_epoch: 0, ..request(0, 0, &[0]) };
    assert_eq!(sessions.begin(&old, 6, 0).unwrap().mode, Mode::Sessionless);
}

#[test]
fn who_makes_room_for_whom() {
    let open = |sessions: &mut FetchSessions, partitions: i32, is_privileged, now_ms| {
        let partitions: Vec<i32> = (0..partitions).collect();
        run_as(sessions, &request(0, 0, &partitions), |_| outcome(5), is_privileged, now_ms).unwrap().0
    };
    let later_ms = MIN_RESIDENCE_MS + 1;

    let mut sessions = FetchSessions::new(1, 1, 0);
    let young = open(&mut sessions, 3, false, 0);
    assert_eq!(open(&mut sessions, 9, false, 1), NO_SESSION, "a young session stays");
    assert_ne!(open(&mut sessions, 1, true, 2), NO_SESSION, "but not for a follower");
    assert!(!sessions.sessions.contains_key(&young));
    assert_eq!(open(&mut sessions, 9, false, 3), NO_SESSION, "a follower's session stays");
    assert_ne!(open(&mut sessions, 1, false, later_ms + 2), NO_SESSION, "unless it is idle");
    assert_eq!(sessions.evictions, 2);

    let mut sessions = FetchSessions::new(1, 1, 0);
    let small = open(&mut sessions, 3, false, 0);
    run(&mut sessions, &request(small, 1, &[]), |_| outcome(5), later_ms - 10).unwrap();
    assert_eq!(open(&mut sessions, 2, false, later_ms), NO_SESSION, "a smaller one does not replace it");
    assert_ne!(open(&mut sessions, 3, false, later_ms), NO_SESSION);

    assert_eq!(open(&mut FetchSessions::new(0, 1, 0), 1, true, 0), NO_SESSION, "no slots, no sessions");
}

#[test]
fn ids_and_epochs_wrap_around_without_zero() {
    let mut sessions = FetchSessions::new(10, 0x7fff_ffff, 0);
    let first = run(&mut sessions, &request(0, 0, &[0]), |_| outcome(5), 0).unwrap().0;
    let second = run(&mut sessions, &request(0, 0, &[0]), |_| outcome(5), 0).unwrap().0;
    assert_eq!((first, second), (i32::MAX, 1));
    assert_eq!(next_epoch(i32::MAX), 1);
}
