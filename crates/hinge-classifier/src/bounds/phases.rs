use statrs::function::beta::beta_reg;

use super::ClassBounds;
use crate::data::DataLaw;
use crate::error::{Error, check, check_positive};

/// Proposition 3 with its ingredients.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct SlowPhase {
    /// β with R = 1/(2vM sin β).
    pub beta: f64,
    /// p_R, the probability of D¹: half a cap of angular radius β.
    pub p_r: f64,
    /// C_p R/(vη p_R²), which |T₁| does not exceed.
    pub iterations: f64,
}

/// Proposition 4 in three forms.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FastPhase {
    /// 4vn² C_p R³ M²/η, as printed.
    pub printed: f64,
    /// 4vk_i(n − 1) C_p R³ M²/η: without the proof's k_i(n − 1) ≤ n².
    pub counted: f64,
    /// k_i(n − 1)(1 + 2vMR)² C_p R/(vη): with 1 − f_i + f_r ≤ 1 + 2vMR in place of 2vMR too, which needs no hypothesis.
    pub safe: f64,
}

impl ClassBounds {
    /// The bound on the number of iterations without the geometric condition, for ‖W^t‖ ≤ R at all t.
    ///
    /// # Errors
    /// η or R not positive, or 2vMR < 1, where no weights reach a margin of 1.
    ///
    /// # Source
    /// Long, Yin & Xin 2021, Prop 3.
    pub fn slow_phase(&self, step: f64, radius: f64) -> Result<SlowPhase, Error> {
        check_positive("step", step)?;
        let (beta, p_r) = self.half_cap(radius)?;
        Ok(SlowPhase {
            beta,
            p_r,
            iterations: self.law.slice() * radius / (self.modulus * step * p_r * p_r),
        })
    }

    /// The least probability p_min · |D̃| · (Mᵈ − mᵈ)/d of the set D¹ of Prop 3, |D̃| the area of half a cap of angular radius β,
    /// sin β = 1/(2vMR), for every density above `least_density` on the annulus.
    ///
    /// It is at least p_min (Mᵈ − mᵈ) |S^{d−2}| (2vMR)^{1−d}/(2d(d−1)), and it takes the place of p_R in
    /// |T₁| ≤ C_pR/(vηp_R²). Under the uniform law it is the p_R of [`ClassBounds::slow_phase`].
    ///
    /// # Errors
    /// As [`ClassBounds::slow_phase`], or a density that is not positive or integrates to more than 1.
    ///
    /// # Source
    /// Long, Yin & Xin 2021, Prop 3, corrected: the printed Ω(p_min/(√d (MR)ᵈ)) has neither the radial factor nor 2v.
    pub fn half_cap_probability(&self, least_density: f64, radius: f64) -> Result<f64, Error> {
        check_positive("least density", least_density)?;
        let uniform = self.law.density();
        check(
            "least density",
            least_density,
            least_density <= uniform * (1.0 + 1e-12),
            "a density that is nowhere smaller integrates to more than 1 over the annulus",
        )?;
        Ok(self.half_cap(radius)?.1 * (least_density / uniform))
    }

    /// β, and the share of half a cap of angular radius β in the sphere.
    fn half_cap(&self, radius: f64) -> Result<(f64, f64), Error> {
        check_positive("R", radius)?;
        let (_, outer) = self.law.radii();
        let sine = 1.0 / (2.0 * self.modulus * outer * radius);
        check("1/(2vMR)", sine, sine <= 1.0, "R must be at least 1/(2vM)")?;
        let cap = 0.5 * beta_reg((self.law.dimension() as f64 - 1.0) / 2.0, 0.5, sine * sine);
        Ok((sine.asin(), cap / 2.0))
    }

    /// The bound on Σ l_i² over the iterations with the geometric condition, for ‖W^t‖ ≤ R at all t.
    ///
    /// # Errors
    /// η or R not positive.
    ///
    /// # Source
    /// Long, Yin & Xin 2021, Prop 4.
    pub fn fast_phase(&self, step: f64, radius: f64) -> Result<FastPhase, Error> {
        check_positive("step", step)?;
        check_positive("R", radius)?;
        let (_, outer) = self.law.radii();
        let (v, n) = (self.modulus, self.classes as f64);
        let common = 4.0 * v * self.law.slice() * radius.powi(3) * outer * outer / step;
        let counted = self.positive as f64 * (n - 1.0);
        Ok(FastPhase {
            printed: n * n * common,
            counted: counted * common,
            safe: counted * (1.0 + 2.0 * v * outer * radius).powi(2) * self.law.slice() * radius
                / (v * step),
        })
    }
}
