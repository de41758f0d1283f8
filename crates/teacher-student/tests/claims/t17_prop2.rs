//! The gradient of a ReLU network of any depth by its gating matrices.

use faer::{Mat, MatRef};
use gaussian_oracle::finite_difference;
use proptest::prelude::*;
use teacher_student::multilayer::{DeepNetwork, GatingMatrices, Multilayer};
use teacher_student::{
    DormandPrince, Empirical, GradientDescent, Integrator, Network, Objective, Record, Stop,
    VectorField, Weights,
};

use crate::strategies::{config, flat, gaussian_rows, matrix, rotation};

/// Sums of a few hundred terms of either sign.
const ROUNDING: f64 = 1e-12;

fn network(dimension: usize, widths: &[usize], top: &[f64], seed: u64) -> DeepNetwork {
    let inputs = std::iter::once(dimension).chain(widths.iter().copied());
    let layers = widths
        .iter()
        .zip(inputs)
        .enumerate()
        .map(|(c, (&rows, columns))| {
            let rows = gaussian_rows(rows, columns, seed.wrapping_add(c as u64));
            Weights::from_rows(&rows).unwrap()
        })
        .collect();
    DeepNetwork::with_top_weights(layers, top.to_vec()).unwrap()
}

fn data(samples: usize, dimension: usize, seed: u64) -> Mat<f64> {
    matrix(&gaussian_rows(samples, dimension, seed))
}

/// Dimension, widths of 1 to 4 layers, and top weights.
fn architecture() -> impl Strategy<Value = (usize, Vec<usize>, Vec<f64>, u64)> {
    (
        1..=4_usize,
        prop::collection::vec(1..=4_usize, 1..=4),
        any::<bool>(),
        0..u64::MAX / 2,
    )
        .prop_map(|(d, widths, unit, seed)| {
            let count = widths[widths.len() - 1];
            let signed = gaussian_rows(1, count, seed + 77).remove(0);
            let top = if unit { vec![1.0; count] } else { signed };
            (d, widths, top, seed)
        })
}

/// Backpropagation as in a textbook: one sample, one node at a time, no matrices.
fn backpropagation(student: &DeepNetwork, data: MatRef<'_, f64>, target: &[f64]) -> Vec<f64> {
    let mut gradient = vec![0.0; student.state().len()];
    for (sample, target) in target.iter().enumerate() {
        let mut activations: Vec<Vec<f64>> =
            vec![(0..data.ncols()).map(|i| data[(sample, i)]).collect()];
        for layer in student.layers() {
            let below = &activations[activations.len() - 1];
            let w = layer.as_mat();
            let next = (0..layer.neurons())
                .map(|j| {
                    let sum: f64 = (0..below.len()).map(|i| w[(j, i)] * below[i]).sum();
                    sum.max(0.0)
                })
                .collect();
            activations.push(next);
        }
        let output: f64 = student
            .top_weights()
            .iter()
            .zip(&activations[activations.len() - 1])
            .map(|(a, u)| a * u)
            .sum();
        let mut inflow: Vec<f64> = student
            .top_weights()
            .iter()
            .map(|a| a * (output - target))
            .collect();
        let mut end = gradient.len();
        for (c, layer) in student.layers().iter().enumerate().rev() {
            let (below, above) = (&activations[c], &activations[c + 1]);
            let offset = end - layer.neurons() * layer.dimension();
            let mut passed = vec![0.0; below.len()];
            for j in 0..layer.neurons() {
                // ReLU passes the inflow where it is on.
                let g = if above[j] > 0.0 { inflow[j] } else { 0.0 };
                for (i, x) in below.iter().enumerate() {
                    gradient[offset + j * below.len() + i] += g * x / data.nrows() as f64;
                    passed[i] += layer.as_mat()[(j, i)] * g;
                }
            }
            inflow = passed;
            end = offset;
        }
    }
    gradient
}

fn gradient_of(problem: &Multilayer, student: &DeepNetwork) -> Vec<f64> {
    let layers = problem.gradient(student).unwrap();
    layers.iter().flat_map(|g| flat(g.as_ref())).collect()
}

fn distance(a: &[f64], b: &[f64]) -> f64 {
    let square: f64 = a.iter().zip(b).map(|(x, y)| (x - y).powi(2)).sum();
    square.sqrt()
}

fn size(a: &[f64]) -> f64 {
    distance(a, &vec![0.0; a.len()])
}

/// Σ over the layer's nodes of Q_j u_j, sample by sample.
fn weighted_outputs(gating: &GatingMatrices, layer: usize, above: MatRef<'_, f64>) -> Vec<f64> {
    let sensitivities = gating.sensitivities(layer).unwrap();
    (0..above.nrows())
        .map(|l| {
            (0..above.ncols())
                .map(|j| sensitivities[(l, j)] * above[(l, j)])
                .sum()
        })
        .collect()
}

proptest! {
    #![proptest_config(config(128))]

    #[test]
    fn oracle_backpropagation((d, widths, top, seed) in architecture()) {
        let teacher = network(d, &widths, &top, seed);
        let student = network(d, &widths, &top, seed + 1_000);
        let data = data(17, d, seed + 2_000);
        let target = teacher.outputs(data.as_ref())?;
        let problem = Multilayer::matching(data.clone(), &teacher)?;
        let found = gradient_of(&problem, &student);
        let exact = backpropagation(&student, data.as_ref(), &target);
        prop_assert!(distance(&found, &exact) <= ROUNDING * (size(&exact) + 1.0), "{found:?} {exact:?}");
        // Δw_c = R_cᵀ(R*_c w*_c − R_c w_c), Eq 7, with the explicit matrices of both networks.
        let (mine, theirs) = (student.gating(data.as_ref())?, teacher.gating(data.as_ref())?);
        let layers = problem.gradient(&student)?;
        for c in 0..widths.len() {
            let column = |network: &DeepNetwork| {
                let w = flat(network.layers()[c].as_mat());
                Mat::from_fn(w.len(), 1, |i, _| w[i])
            };
            let (r, r_star) = (mine.jacobian(c).unwrap(), theirs.jacobian(c).unwrap());
            let residual = &r_star * column(&teacher) - &r * column(&student);
            let update = r.transpose() * residual;
            let expected: Vec<f64> = flat(layers[c].as_ref()).iter().map(|g| -17.0 * g).collect();
            let update: Vec<f64> = (0..update.nrows()).map(|i| update[(i, 0)]).collect();
            prop_assert!(distance(&update, &expected) <= ROUNDING * (size(&expected) + 100.0));
        }
    }

    /// g = Σ_j Q_j u_j at every layer, of the student as of the teacher: the step of the induction.
    #[test]
    fn oracle_outputs_at_every_layer((d, widths, top, seed) in architecture()) {
        let net = network(d, &widths, &top, seed);
        let data = data(11, d, seed + 5);
        let gating = net.gating(data.as_ref())?;
        for c in 0..widths.len() {
            let w = net.layers()[c].as_mat();
            let inputs = gating.inputs(c).unwrap();
            let responses = inputs * w.transpose();
            let outputs = Mat::from_fn(11, widths[c], |l, j| responses[(l, j)].max(0.0));
            let sum = weighted_outputs(&gating, c, outputs.as_ref());
            prop_assert!(distance(&sum, gating.outputs()) <= ROUNDING * (size(gating.outputs()) + 1.0));
        }
    }

    #[test]
    fn oracle_finite_differences((d, widths, top, seed) in architecture()) {
        let teacher = network(d, &widths, &top, seed);
        let student = network(d, &widths, &top, seed + 1_000);
        // Samples at which no node of the student is within reach of its kink.
        let all = data(12, d, seed + 2_000);
        let gating = student.gating(all.as_ref())?;
        let clear = |l: usize| (0..widths.len()).all(|c| {
            let responses = gating.inputs(c).unwrap() * student.layers()[c].as_mat().transpose();
            let dead = (0..gating.inputs(c).unwrap().ncols()).all(|i| gating.inputs(c).unwrap()[(l, i)] == 0.0);
            dead || (0..widths[c]).all(|j| responses[(l, j)].abs() > 0.05)
        });
        let rows: Vec<usize> = (0..12).filter(|&l| clear(l)).collect();
        prop_assume!(!rows.is_empty());
        let data = Mat::from_fn(rows.len(), d, |l, i| all[(rows[l], i)]);
        let problem = Multilayer::matching(data, &teacher)?;
        let loss = |state: &[f64]| problem.loss(&problem.network(state).unwrap()).unwrap();
        let numeric = finite_difference::gradient(loss, &student.state(), 1e-4);
        let exact = gradient_of(&problem, &student);
        // Differences at steps of 1e−4 and a fortieth of it: rounding of the loss over 2e−6.
        let scale = 1e-9 * (1.0 + loss(&student.state()) + size(&exact));
        prop_assert!(distance(&numeric.value, &exact) <= 1e2 * numeric.error + scale, "{numeric:?} {exact:?}");
    }

    /// Depth two with unit top weights is the sampled form of Eq 8.
    #[test]
    fn oracle_two_layers_reduce_to_the_sampled_gradient((d, widths, _, seed) in architecture()) {
        let k = widths[0];
        let unit = vec![1.0; k];
        let (teacher, student) = (network(d, &[k], &unit, seed), network(d, &[k], &unit, seed + 9));
        let data = data(23, d, seed + 3);
        let flat_teacher = Network::new(teacher.layers()[0].clone());
        let empirical = Empirical::new(data.clone(), &flat_teacher, unit).unwrap();
        let problem = Multilayer::matching(data, &teacher)?;
        let expected = flat(empirical.gradient(student.layers()[0].as_mat())?.as_ref());
        prop_assert!(distance(&gradient_of(&problem, &student), &expected) <= ROUNDING * (1.0 + size(&expected)));
        let loss = empirical.loss(student.layers()[0].as_mat())?;
        prop_assert!((problem.loss(&student)? - loss).abs() <= ROUNDING * (1.0 + loss));
    }

    /// Renaming hidden nodes, rotating the inputs, and moving a positive factor from one layer to the next change
    /// nothing but the frame of the gradient.
    #[test]
    fn symmetry_renaming_rotation_and_rescaling((d, widths, top, seed) in architecture(), power in -3..4_i32) {
        prop_assume!(widths.len() >= 2);
        let teacher = network(d, &widths, &top, seed);
        let student = network(d, &widths, &top, seed + 1);
        let data = data(9, d, seed + 2);
        let problem = Multilayer::matching(data.clone(), &teacher)?;
        let gradient = problem.gradient(&student)?;
        let (first, second) = (student.layers()[0].as_mat(), student.layers()[1].as_mat());
        let rebuilt = |first: Mat<f64>, second: Mat<f64>| {
            let mut layers = student.layers().to_vec();
            layers[0] = Weights::new(first).unwrap();
            layers[1] = Weights::new(second).unwrap();
            DeepNetwork::with_top_weights(layers, top.clone()).unwrap()
        };
        let turn = |j: usize| (j + 1) % widths[0];
        let renamed = rebuilt(
            Mat::from_fn(widths[0], d, |j, i| first[(turn(j), i)]),
            Mat::from_fn(widths[1], widths[0], |j, i| second[(j, turn(i))]),
        );
        let found = problem.gradient(&renamed)?;
        for j in 0..widths[0] {
            for i in 0..d {
                prop_assert!((found[0][(j, i)] - gradient[0][(turn(j), i)]).abs() <= ROUNDING * (1.0 + gradient[0].norm_l2()));
            }
        }
        // A factor c on layer 0 and 1/c on layer 1: g stays, the gradients take the inverse factors.
        let c = 2f64.powi(power);
        let rescaled = rebuilt(first * c, second * (1.0 / c));
        prop_assert!(distance(&rescaled.outputs(data.as_ref())?, &student.outputs(data.as_ref())?) <= ROUNDING * (1.0 + size(&student.outputs(data.as_ref())?)));
        let found = problem.gradient(&rescaled)?;
        let off = (&found[0] * c - &gradient[0]).norm_l2() + (&found[1] * (1.0 / c) - &gradient[1]).norm_l2();
        prop_assert!(off <= ROUNDING * (1.0 + gradient[0].norm_l2() + gradient[1].norm_l2()));
        // Rotated inputs.
        let frame = rotation(d, seed);
        let rotate = |net: &DeepNetwork| {
            let mut layers = net.layers().to_vec();
            layers[0] = Weights::new(net.layers()[0].as_mat() * &frame).unwrap();
            DeepNetwork::with_top_weights(layers, top.clone()).unwrap()
        };
        let turned = Multilayer::matching(&data * &frame, &rotate(&teacher))?;
        let found = turned.gradient(&rotate(&student))?;
        prop_assert!((&found[0] - &gradient[0] * &frame).norm_l2() <= 1e-9 * (1.0 + gradient[0].norm_l2()));
    }
}

/// The gradient vanishes at the teacher, and the flow by any integrator lowers the loss of a 4-layer student.
#[test]
fn oracle_training_lowers_the_loss() {
    let teacher = network(4, &[6, 5, 4], &[1.0; 4], 12);
    let inputs = data(400, 4, 13);
    let problem = Multilayer::matching(inputs, &teacher).unwrap();
    assert_eq!(size(&gradient_of(&problem, &teacher)), 0.0);
    let noise = network(4, &[6, 5, 4], &[1.0; 4], 99).state();
    let start: Vec<f64> = teacher
        .state()
        .iter()
        .zip(&noise)
        .map(|(w, n)| w + 0.1 * n)
        .collect();
    let before = problem.potential(&start).unwrap().unwrap();
    let descent = GradientDescent::new(5e-3);
    let flow = DormandPrince::default()
        .relative_tolerance(1e-4)
        .absolute_tolerance(1e-6);
    let stop = Stop::new().time(5.0).steps(3_000);
    for method in [&descent as &dyn Integrator, &flow] {
        let run = method
            .integrate(&problem, &start, &stop, &Record::Ends)
            .unwrap();
        let after = problem.potential(run.end()).unwrap().unwrap();
        assert!(
            after < 0.1 * before,
            "{before} {after} {} after {} steps",
            run.outcome(),
            run.steps()
        );
    }
}

/// T16 Eq 19 as printed. A 3-layer student and teacher of 2, 2, 1 nodes on the one sample x = (1, 1); all gates are on.
struct Example {
    student: DeepNetwork,
    teacher: DeepNetwork,
    data: Mat<f64>,
}

impl Example {
    fn new() -> Self {
        let net = |first: [f64; 4], second: [f64; 4], top: [f64; 2]| {
            let square = |m: [f64; 4]| Weights::from_rows(&[m[..2].to_vec(), m[2..].to_vec()]);
            let layers = vec![
                square(first).unwrap(),
                square(second).unwrap(),
                Weights::from_rows(&[top.to_vec()]).unwrap(),
            ];
            DeepNetwork::new(layers).unwrap()
        };
        Self {
            student: net([1.0, 0.0, 0.0, 1.0], [1.0, 1.0, 1.0, 2.0], [1.0, 3.0]),
            teacher: net([1.0, 1.0, 1.0, 0.0], [1.0, 0.0, 0.0, 1.0], [1.0, 1.0]),
            data: matrix(&[vec![1.0, 1.0]]),
        }
    }

    /// −∂J/∂u_k for the nodes k of the first hidden layer, J = ½(g − g*)², by differences of the upper two layers.
    fn inflow(&self) -> Vec<f64> {
        let upper = DeepNetwork::new(self.student.layers()[1..].to_vec()).unwrap();
        let target = self.teacher.outputs(self.data.as_ref()).unwrap()[0];
        let loss = |u: &[f64]| {
            let output = upper.outputs(matrix(&[u.to_vec()]).as_ref()).unwrap()[0];
            -(output - target).powi(2) / 2.0
        };
        finite_difference::gradient(loss, &[1.0, 1.0], 0.1).value
    }
}

/// Here L = (4, 7), u = (1, 1), g = 11 and g* = 3: g_k = L_k(3 − 11) = (−32, −56). The printed last member
/// Σ_k′(L_kL*_k′u*_k′ − L_k′L_k·L_k v_k′), with its second factor L_k, gives 4·3 − 16·11 = −164 and 7·3 − 49·11 = −518.
#[test]
fn refutes_eq19_with_its_extra_factor() {
    let example = Example::new();
    let gating = example.student.gating(example.data.as_ref()).unwrap();
    let l = gating.sensitivities(0).unwrap();
    assert_eq!([l[(0, 0)], l[(0, 1)]], [4.0, 7.0]);
    let output = gating.outputs()[0];
    let target = example.teacher.outputs(example.data.as_ref()).unwrap()[0];
    assert_eq!([output, target], [11.0, 3.0]);
    let exact = example.inflow();
    for (k, exact) in exact.iter().enumerate() {
        let corrected = l[(0, k)] * (target - output);
        let printed = l[(0, k)] * (target - l[(0, k)] * output);
        assert!((corrected - exact).abs() < 1e-8, "{corrected} {exact}");
        assert!((printed - exact).abs() > 100.0, "{printed} {exact}");
    }
}

/// The chain before Eq 19 prints w_{jk′} inside Σ_j′, where w_{j′k′} is meant: Σ_j w_jkD_jL_j (Σ_j′ L_j′D_j′)(Σ_k′ w_jk′v_k′)
/// is 1·4·2 + 3·4·3 = 44 for the student's part of g_1, not L_1·g = 44 for k = 1 by chance of numbers but 80 against 77
/// for k = 2.
#[test]
fn refutes_the_index_before_eq19() {
    let example = Example::new();
    let gating = example.student.gating(example.data.as_ref()).unwrap();
    let upper = gating.sensitivities(1).unwrap();
    let (l, w) = (
        [upper[(0, 0)], upper[(0, 1)]],
        example.student.layers()[1].as_mat(),
    );
    assert_eq!(l, [1.0, 3.0]);
    let v = [1.0, 1.0];
    let student_part = |k: usize, printed: bool| -> f64 {
        (0..2)
            .map(|j| {
                let inner: f64 = (0..2)
                    .map(|jj| {
                        let row = if printed { j } else { jj };
                        l[jj] * (0..2).map(|kk| w[(row, kk)] * v[kk]).sum::<f64>()
                    })
                    .sum();
                w[(j, k)] * l[j] * inner
            })
            .sum()
    };
    let target = 3.0;
    let exact = example.inflow();
    let lower = gating.sensitivities(0).unwrap();
    let mut wrong = 0.0_f64;
    for k in 0..2 {
        let corrected = lower[(0, k)] * target - student_part(k, false);
        assert!((corrected - exact[k]).abs() < 1e-8, "{corrected} {exact:?}");
        wrong = wrong.max((lower[(0, k)] * target - student_part(k, true) - exact[k]).abs());
    }
    assert!(wrong > 1.0, "{wrong}");
}

/// The proposition is about one scalar output. A loss that compares two top nodes one by one has another gradient than
/// the formula with Q_j = 1 at the top.
#[test]
fn nonvacuity_a_loss_node_by_node() {
    let unit = [1.0, 1.0];
    let (teacher, student) = (network(2, &[2], &unit, 1), network(2, &[2], &unit, 2));
    let inputs = data(50, 2, 3);
    let by_node = |net: &DeepNetwork| {
        let responses = &inputs * net.layers()[0].as_mat().transpose();
        Mat::from_fn(50, 2, |l, j| responses[(l, j)].max(0.0))
    };
    let problem = Multilayer::matching(inputs.clone(), &teacher).unwrap();
    let formula = gradient_of(&problem, &student);
    let difference = by_node(&student) - by_node(&teacher);
    let gating = student.gating(inputs.as_ref()).unwrap();
    let gates = gating.gates(0).unwrap();
    let inflow = Mat::from_fn(50, 2, |l, j| gates[(l, j)] * difference[(l, j)] / 50.0);
    let exact = flat((inflow.transpose() * &inputs).as_ref());
    assert!(distance(&formula, &exact) > 0.1 * size(&exact));
}

/// And it needs ReLU's transparency to derivatives, σ(t) = σ′(t)t: with biases the output is not Σ Q_j u_j below the top.
#[test]
fn nonvacuity_biases_break_the_sum() {
    // g = σ(u + 1), u = σ(x) at x = 1: Q = 1, but Q·u = 1 ≠ g = 2.
    let (u, bias) = (1.0_f64, 1.0_f64);
    let output = (u + bias).max(0.0);
    let slope = finite_difference::derivative(|u| (u + bias).max(0.0), u, 0.1).value;
    assert!((slope * u - output).abs() > 0.5);
}
