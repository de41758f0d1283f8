//! Spurious local minima of an orthonormal teacher and other critical points, each with a proof that is written and checked again.

use std::time::Instant;

use anyhow::{Context as _, ensure};
use critical_points::{Arrival, Descent};
use proofs::points::{
    CriticalPoint, Verdict as Certified, certify, certify_blocks, check_certificate,
};
use ssb::{BlockDynamics, SymmetricSaddle};
use teacher_student::initialization::gaussian;
use teacher_student::{Network, Population, Weights};

use crate::{Context, Item, Kind, Outcome, Picture, Table, Verdict};
use charts::{Axis, COLOURS, Chart, Legend, Mark};

/// Certificates of all distinct spurious minima that descents find, and of the critical points of the papers.
pub const ITEM: Item = Item {
    id: "certified-minima",
    kind: Kind::Proof,
    paper: "T17 §5.3, Thm 2, Thm 7; Safran & Shamir 2018",
    title: "Critical points proved to exist",
    run,
};

/// Step, tolerance and longest run of the descents that look for candidates.
const STEP: f64 = 0.1;
const TOLERANCE: f64 = 1e-9;
const MOST_STEPS: usize = 100_000;
/// Candidates with losses closer than this are taken for one minimum; the certificates then show the others apart.
const SAME_LOSS: f64 = 1e-9;
/// Descent in the coordinates of the blocks: steps, share of the momentum that is kept, and the gradient at which it ends.
const BLOCK_STEPS: usize = 20_000;
const MOMENTUM: f64 = 0.9;
const AT_REST: f64 = 1e-8;
/// K of the minima that are certified in the coordinates of their blocks.
const LARGE: [usize; 3] = [30, 50, 100];

/// Block sizes of symmetric candidates: most students alike.
fn shapes(k: usize) -> Vec<Vec<usize>> {
    vec![
        vec![k - 1, 1],
        vec![k - 2, 1, 1],
        vec![k - 2, 2],
        vec![k - 3, 2, 1],
        vec![k - 4, 2, 2],
        vec![k / 2, k - k / 2],
    ]
}

fn descend(blocks: &BlockDynamics, mut state: Vec<f64>) -> Option<Vec<f64>> {
    let step = 1.0 / blocks.neurons() as f64;
    let mut velocity = vec![0.0; state.len()];
    for _ in 0..BLOCK_STEPS {
        // A row that vanishes ends the descent: no candidate.
        let gradient = blocks.gradient(&state).ok()?;
        if gradient.iter().all(|g| g.abs() < AT_REST) {
            break;
        }
        for ((x, v), g) in state.iter_mut().zip(&mut velocity).zip(&gradient) {
            *v = MOMENTUM * *v - step * g;
            *x += *v;
        }
    }
    Some(state)
}

/// A spurious minimum that one search found.
#[derive(Clone)]
struct Candidate {
    loss: f64,
    weights: Weights,
    found_by: String,
}

fn orthonormal(k: usize) -> anyhow::Result<Network> {
    Ok(Network::new(Weights::orthonormal(k, k)?))
}

fn point(verdict: Certified) -> anyhow::Result<CriticalPoint> {
    match verdict {
        Certified::Certified(point) => Ok(*point),
        Certified::Refused(refusal) => Err(refusal).context("a critical point is not certified"),
    }
}

/// Candidates of one K from the block dynamics and from descents of all weights, one for each loss, ascending.
fn candidates(context: &Context, sizes: &[usize]) -> anyhow::Result<Vec<(usize, Vec<Candidate>)>> {
    let (starts, descents) = (context.pick(3, 12, 24), context.pick(2, 16, 100));
    let kinds = shapes(6).len();
    let reduced = context.map("blocks", sizes.len() * kinds * starts, |task, random| {
        let k = sizes[task / (kinds * starts)];
        let shape = &shapes(k)[task / starts % kinds];
        let blocks = BlockDynamics::new(shape)?;
        let start = gaussian(random, 1, blocks.coordinates(), (1.0 / k as f64).sqrt())?;
        let start = (0..blocks.coordinates())
            .map(|c| start.as_mat()[(0, c)])
            .collect();
        let Some(end) = descend(&blocks, start) else {
            return Ok(None);
        };
        let Certified::Certified(found) = certify_blocks(&blocks, &end)? else {
            return Ok(None);
        };
        Ok(found.is_spurious_minimum().then_some(Candidate {
            loss: found.loss().mid(),
            weights: Weights::new(found.centre())?,
            found_by: format!("blocks {shape:?}"),
        }))
    })?;
    let free = context.map("descents", sizes.len() * descents, |task, random| {
        let k = sizes[task / descents];
        let population = Population::matching(orthonormal(k)?);
        let start = gaussian(random, k, k, (1.0 / k as f64).sqrt())?;
        let end = Descent::new(STEP, TOLERANCE)?
            .most_steps(MOST_STEPS)
            .run(&population, &start)?;
        let spurious = end.arrival() == Arrival::Minimum && end.loss() > SAME_LOSS;
        Ok(spurious.then(|| Candidate {
            loss: end.loss(),
            weights: end.weights().clone(),
            found_by: "descent of all weights".to_owned(),
        }))
    })?;
    let mut all = Vec::new();
    for (index, &k) in sizes.iter().enumerate() {
        let of = |found: &[Option<Candidate>], count: usize| -> Vec<Candidate> {
            found[index * count..(index + 1) * count]
                .iter()
                .flatten()
                .cloned()
                .collect()
        };
        let mut found = of(&free, descents);
        found.extend(of(&reduced, kinds * starts));
        found.sort_by(|a, b| a.loss.total_cmp(&b.loss));
        found.dedup_by(|next, kept| (next.loss - kept.loss).abs() < SAME_LOSS);
        all.push((k, found));
    }
    Ok(all)
}

/// The least spurious minimum with K − 1 students alike, followed from K = 20.
fn large(found: &[(usize, Vec<Candidate>)]) -> anyhow::Result<Vec<(usize, CriticalPoint)>> {
    let (k, start) = found
        .iter()
        .rev()
        .find_map(|(k, list)| {
            Some((
                *k,
                list.iter()
                    .find(|c| c.found_by == format!("blocks [{}, 1]", k - 1))?,
            ))
        })
        .context("no minimum with K − 1 students alike was found")?;
    let mut state = BlockDynamics::new(&[k - 1, 1])?.project(start.weights.as_mat())?;
    let mut points = Vec::new();
    for k in LARGE {
        let blocks = BlockDynamics::new(&[k - 1, 1])?;
        state =
            descend(&blocks, state).with_context(|| format!("the family is lost at K = {k}"))?;
        points.push((k, point(certify_blocks(&blocks, &state)?)?));
    }
    Ok(points)
}

/// The critical points of the papers, by name.
fn of_the_papers() -> anyhow::Result<Vec<(String, CriticalPoint)>> {
    let mut points = Vec::new();
    let (a, c) = (
        0.741_867_051_060_490_2 / 2_f64.sqrt(),
        0.409_132_475_081_778_45,
    );
    for d in [3, 4] {
        let row = |sign: f64| {
            let mut row = vec![0.0; d];
            (row[0], row[1], row[2]) = (a, a, sign * c);
            row
        };
        let teacher = Network::new(Weights::orthonormal(2, d)?);
        let student = Weights::from_rows(&[row(1.0), row(-1.0)])?;
        let verdict = certify(&Population::matching(teacher), &student)?;
        points.push((
            format!("out of the plane of the teachers, K = 2, d = {d}"),
            point(verdict)?,
        ));
    }
    let (sine, cosine) = 1.2_f64.sin_cos();
    let one_inside = [
        (
            "one teacher inside, norms 1 and 1/2",
            [
                [1.133_650_383_172_768, 0.387_234_894_506_982],
                [-0.044_406_394_858_249, -0.040_926_759_662_807],
            ],
            [[1.0, 0.0], [0.0, 0.5]],
        ),
        (
            "one teacher inside, the further branch at the angle 2.4",
            [[0.898_515, 0.536_647], [-0.286_385, 0.054_075]],
            [[cosine, sine], [cosine, -sine]],
        ),
    ];
    for (name, student, teacher) in one_inside {
        let rows = |m: [[f64; 2]; 2]| Weights::from_rows(&m.map(|row| row.to_vec()));
        let population = Population::matching(Network::new(rows(teacher)?));
        points.push((
            name.to_owned(),
            point(certify(&population, &rows(student)?)?)?,
        ));
    }
    for k in 2..=20 {
        let blocks = BlockDynamics::new(&[k])?;
        let x = SymmetricSaddle::new(k)?.coordinate();
        points.push((
            format!("planar saddle, K = {k}"),
            point(certify_blocks(&blocks, &[x, x])?)?,
        ));
        points.push((
            format!("planar minimum, K = {k}"),
            point(certify_blocks(&blocks, &[1.0, 0.0])?)?,
        ));
    }
    Ok(points)
}

/// One certificate a line; each is read and proved again.
fn written(certificates: &[String]) -> anyhow::Result<Vec<u8>> {
    let mut lines = Vec::new();
    for text in certificates {
        let line = serde_json::from_str::<serde_json::Value>(text)?.to_string();
        check_certificate(&line)?;
        lines.extend_from_slice(line.as_bytes());
        lines.push(b'\n');
    }
    Ok(lines)
}

fn run(context: &Context) -> anyhow::Result<Outcome> {
    let sizes: Vec<usize> =
        context.pick(vec![6, 8, 12, 20], (6..=20).collect(), (6..=20).collect());
    let found = candidates(context, &sizes)?;
    let tasks: Vec<(usize, &Candidate)> = found
        .iter()
        .flat_map(|(k, list)| list.iter().map(|c| (*k, c)))
        .collect();
    let start = Instant::now();
    let certified = context.map("certify", tasks.len(), |task, _| {
        let (k, candidate) = tasks[task];
        point(certify(
            &Population::matching(orthonormal(k)?),
            &candidate.weights,
        )?)
    })?;
    let seconds = start.elapsed().as_secs_f64();
    let mut minima = Table::new(
        "minima",
        &[
            "K",
            "loss_low",
            "loss_high",
            "least_eigenvalue",
            "radius",
            "contraction",
            "unknowns",
            "found_by",
        ],
    );
    let mut row = |k: usize, point: &CriticalPoint, by: &str| {
        let loss = point.loss();
        let (least, radius, contraction) = (
            point.least_eigenvalue(),
            point.radius(),
            point.contraction(),
        );
        minima.row(&[
            &k,
            &loss.low(),
            &loss.high(),
            &least,
            &radius,
            &contraction,
            &point.unknowns(),
            &by,
        ]);
    };
    for ((k, candidate), point) in tasks.iter().zip(&certified) {
        row(*k, point, &candidate.found_by);
    }
    let large = large(&found)?;
    for (k, point) in &large {
        row(*k, point, "continuation in K");
    }
    let others = of_the_papers()?;
    let mut points = Table::new(
        "points",
        &[
            "point",
            "negative",
            "zero",
            "positive",
            "loss_low",
            "loss_high",
            "radius",
        ],
    );
    for (name, point) in &others {
        let (n, loss) = (point.inertia(), point.loss());
        points.row(&[
            name,
            &n.negative,
            &n.zero,
            &n.positive,
            &loss.low(),
            &loss.high(),
            &point.radius(),
        ]);
    }
    // Distinct: the enclosures of their losses are disjoint.
    for pair in tasks.windows(2).zip(certified.windows(2)) {
        let ([(k, _), (next, _)], [a, b]) = pair else {
            continue;
        };
        ensure!(
            k != next || a.loss().high() < b.loss().low(),
            "two minima at K = {k} are not told apart"
        );
    }
    let spurious = certified
        .iter()
        .chain(large.iter().map(|(_, p)| p))
        .all(CriticalPoint::is_spurious_minimum);
    let everywhere = found.iter().all(|(_, list)| !list.is_empty());
    let start = Instant::now();
    let of_minima: Vec<String> = certified
        .iter()
        .chain(large.iter().map(|(_, p)| p))
        .map(CriticalPoint::certificate)
        .collect();
    let of_points: Vec<String> = others.iter().map(|(_, p)| p.certificate()).collect();
    let (minima_file, points_file) = (written(&of_minima)?, written(&of_points)?);
    let checking = start.elapsed().as_secs_f64();
    let counts: Vec<String> = found
        .iter()
        .map(|(k, list)| format!("{} at K = {k}", list.len()))
        .collect();
    let finding = format!(
        "Each certified to be a strict local minimum with a positive loss: {}; one each at K = 30, 50, 100. {} further critical points are \
         certified with their inertia: two out of the plane of the teachers, two with exactly one teacher in the cone, saddle and minimum \
         of the planar dynamics for K = 2 … 20. All certificates were checked again.",
        counts.join(", "),
        others.len()
    );
    let draw = |title: &str, label: &str, value: fn(&CriticalPoint) -> f64, top: f64| {
        let dots: Vec<(f64, f64)> = tasks
            .iter()
            .zip(&certified)
            .map(|((k, _), p)| (*k as f64, value(p)))
            .collect();
        Chart::new(
            title,
            Axis::linear("K", 5.5, 20.5).step(2.0),
            Axis::linear(label, 0.0, top),
        )
        .legend(Legend::Hidden)
        .points("", COLOURS[0], Mark::Disc, &dots)
        .svg()
    };
    let top =
        |value: fn(&CriticalPoint) -> f64| certified.iter().map(value).fold(0.01, f64::max) * 1.1;
    let loss: fn(&CriticalPoint) -> f64 = |p| p.loss().mid();
    Ok(Outcome::new(Verdict::of(spurious && everywhere), finding)
        .with("minima", certified.len() + large.len())
        .with("other_points", others.len())
        .with_figure(
            Picture::new(
                "Spurious local minima of an orthonormal teacher with d = n = K, every dot proved to exist. (a) Enclosed loss. \
                 (b) Proved lower bound of the least eigenvalue of the Hessian of K² unknowns. Enclosures are far smaller than the dots.",
            )
            .metric("seconds to certify", seconds)
            .metric("seconds to check", checking)
            .panel("a", "(a) Loss", draw("(a) Loss", "loss", loss, top(loss)))
            .panel(
                "b",
                "(b) Least eigenvalue",
                draw("(b) Least eigenvalue", "least eigenvalue", CriticalPoint::least_eigenvalue, top(CriticalPoint::least_eigenvalue)),
            )
            .document("minima.jsonl", minima_file)
            .document("points.jsonl", points_file)
            .table(minima)
            .table(points),
        ))
}
