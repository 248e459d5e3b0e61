//! A QR code (ISO/IEC 18004) as a drawing of one path, for pages that may run no inline script and load no foreign image.

use std::fmt::Write as _;

use qrcodegen::QrCodeEcc;

/// Light modules on each side, which readers need (ISO/IEC 18004:2015, section 6.3.8).
const QUIET: i32 = 4;

/// The text does not fit into a QR code.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the text is too long for a QR code; it may have some 2,300 bytes")]
pub struct TooLong;

/// A QR code. What it says may be a secret, so it does not print.
#[derive(Clone)]
pub struct Qr(qrcodegen::QrCode);

impl Qr {
    /// The code that says `text`, in the smallest size that repairs 15 % of damage (level M).
    pub fn new(text: &str) -> Result<Self, TooLong> {
        qrcodegen::QrCode::encode_text(text, QrCodeEcc::Medium)
            .map(Self)
            .map_err(|_| TooLong)
    }

    /// Modules on a side, with the light border: width and height of the drawing.
    pub fn size(&self) -> u32 {
        self.side().unsigned_abs()
    }

    /// The `d` of an SVG path that fills the dark modules, in a square of [`Self::size`] units. It consists of digits,
    /// the letters `M`, `h`, `v`, `z`, spaces and dashes.
    pub fn path(&self) -> String {
        let mut path = String::new();
        for y in 0..self.side() {
            let mut x = 0;
            while x < self.side() {
                let run = (x..self.side()).take_while(|&x| self.is_dark(x, y)).count();
                if run > 0 {
                    // Writing to a string does not fail.
                    let _ = write!(path, "M{x} {y}h{run}v1h-{run}z");
                }
                x += i32::try_from(run).unwrap_or(i32::MAX).saturating_add(1);
            }
        }
        path
    }

    /// The whole drawing, black on white whatever the page's colours are, without style or script.
    pub fn svg(&self) -> String {
        format!(
            r##"<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {size} {size}" shape-rendering="crispEdges"><path fill="#fff" d="M0 0h{size}v{size}h-{size}z"/><path fill="#000" d="{path}"/></svg>"##,
            size = self.size(),
            path = self.path()
        )
    }

    fn side(&self) -> i32 {
        self.0.size() + 2 * QUIET
    }

    /// Outside of the code itself everything is light.
    fn is_dark(&self, x: i32, y: i32) -> bool {
        self.0.get_module(x - QUIET, y - QUIET)
    }
}

impl std::fmt::Debug for Qr {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Qr(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const URI: &str =
        "otpauth://totp/Plimsoll:ada?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Plimsoll";

    /// The modules that a path fills, drawn as a renderer would.
    fn draw(path: &str, size: usize) -> Vec<Vec<bool>> {
        let mut dark = vec![vec![false; size]; size];
        for run in path.split_terminator('z') {
            let (at, shape) = run
                .strip_prefix('M')
                .and_then(|r| r.split_once('h'))
                .expect("a run");
            let (x, y) = at.split_once(' ').expect("a point");
            let (x, y): (usize, usize) = (x.parse().expect("x"), y.parse().expect("y"));
            let (width, back) = shape.split_once("v1h-").expect("a rectangle of height 1");
            assert_eq!(width, back);
            let width = width.parse().expect("width");
            for module in dark[y].iter_mut().skip(x).take(width) {
                assert!(!*module, "drawn twice");
                *module = true;
            }
        }
        dark
    }

    #[test]
    fn the_path_draws_every_module_and_the_quiet_border() {
        let qr = Qr::new(URI).expect("code");
        let size = usize::try_from(qr.size()).expect("small");
        let drawn = draw(&qr.path(), size);
        let expected = qrcodegen::QrCode::encode_text(URI, QrCodeEcc::Medium).expect("code");
        for (y, row) in drawn.iter().enumerate() {
            for (x, &dark) in row.iter().enumerate() {
                let at = |n: usize| i32::try_from(n).expect("small") - 4;
                assert_eq!(dark, expected.get_module(at(x), at(y)), "{x} {y}");
            }
        }
        // The finder pattern in the corner: seven dark modules, after four light ones.
        assert_eq!(
            drawn[4][..12],
            [
                false, false, false, false, true, true, true, true, true, true, true, false
            ]
        );
    }

    #[test]
    fn the_drawing_needs_no_style_and_no_script() {
        let qr = Qr::new(URI).expect("code");
        let svg = qr.svg();
        assert!(svg.starts_with("<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 "));
        assert!(svg.ends_with("z\"/></svg>"));
        assert!(!svg.contains("style") && !svg.contains("script") && !svg.contains("GEZD"));
        assert!(
            qr.path()
                .chars()
                .all(|c| c.is_ascii_digit() || "Mhvz -".contains(c))
        );
    }

    #[test]
    fn refuses_what_does_not_fit_and_prints_nothing() {
        assert_eq!(Qr::new(&"x".repeat(3000)).err(), Some(TooLong));
        assert!(Qr::new(&"x".repeat(2300)).is_ok());
        assert!(Qr::new("").is_ok());
        assert_eq!(format!("{:?}", Qr::new(URI)), "Ok(Qr(…))");
    }
}
