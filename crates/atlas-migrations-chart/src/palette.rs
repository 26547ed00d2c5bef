//! Colors, dashes and the style sheet.
//!
//! The colors are plain values in classes, not variables: viewers of pictures that know no variables draw them too.

/// The dash of each series in a shared plot, so that color alone does not distinguish them.
pub(crate) const DASHES: [&str; 6] = ["", "9 3", "2 3", "12 3 2 3", "6 3 2 3 2 3", "4 4"];

/// The style sheet of charts, for a page that contains charts as elements. All its rules are for the class `lag-chart`.
pub const STYLE: &str = "\
.lag-chart{max-width:100%;height:auto;font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-variant-numeric:tabular-nums}
.lag-chart text{fill:#14181D}
.lag-chart .paper{fill:#FFFFFF}
.lag-chart .halo{stroke:#FFFFFF;stroke-width:3px;stroke-linejoin:round;paint-order:stroke}
.lag-chart .muted{fill:#545C66}
.lag-chart .grid{stroke:#E3E7EB;fill:none}
.lag-chart .axis{stroke:#7C8590;fill:none}
.lag-chart .leader{stroke:#8A939D;fill:none;stroke-width:1px}
.lag-chart .event{stroke:#545C66;stroke-dasharray:1.5 3;fill:none}
.lag-chart .limit{stroke:#00664A;stroke-dasharray:5 3;fill:none}
.lag-chart .band{fill:#E69F00;fill-opacity:.15}
.lag-chart .line{fill:none;stroke-width:2px;stroke-linejoin:round;stroke-linecap:butt}
.lag-chart .swatch{stroke-width:3px}
.lag-chart .join{stroke-dasharray:1.5 4;stroke-width:1.5px}
.lag-chart .s0{stroke:#000000}.lag-chart .f0{fill:#000000}
.lag-chart .s1{stroke:#0066A6}.lag-chart .f1{fill:#0066A6}
.lag-chart .s2{stroke:#9C3600}.lag-chart .f2{fill:#9C3600}
.lag-chart .s3{stroke:#009E73}.lag-chart .f3{fill:#009E73}
.lag-chart .s4{stroke:#8E3A6E}.lag-chart .f4{fill:#8E3A6E}
.lag-chart .s5{stroke:#C98500}.lag-chart .f5{fill:#C98500}
.lag-chart .sb{stroke:#B23A00}.lag-chart .fb{fill:#B23A00}.lag-chart .xb{fill:#BF3B00}.lag-chart .tint-b{fill:#FDEDE4}
.lag-chart .sy{stroke:#C98500}.lag-chart .fy{fill:#C98500}.lag-chart .xy{fill:#5A3E00}.lag-chart .tint-y{fill:#FFF4D6}
.lag-chart .sm{stroke:#0072B2}.lag-chart .fm{fill:#0072B2}.lag-chart .xm{fill:#005B91}
.lag-chart .si{stroke:#6B7682}.lag-chart .fi{fill:#6B7682}.lag-chart .xi{fill:#545C66}
.lag-chart .sd{stroke:#009E73}.lag-chart .fd{fill:#009E73}.lag-chart .xd{fill:#00664A}
@media screen and (prefers-color-scheme:dark){
.lag-chart text{fill:#E8ECF0}
.lag-chart .paper{fill:#101418}
.lag-chart .halo{stroke:#101418}
.lag-chart .muted{fill:#A3ACB7}
.lag-chart .grid{stroke:#262E37}
.lag-chart .axis{stroke:#6F7A87}
.lag-chart .leader{stroke:#6F7A87}
.lag-chart .event{stroke:#A3ACB7}
.lag-chart .limit{stroke:#45CFA5}
.lag-chart .s0{stroke:#F2F4F6}.lag-chart .f0{fill:#F2F4F6}
.lag-chart .s1{stroke:#2E86C8}.lag-chart .f1{fill:#2E86C8}
.lag-chart .s2{stroke:#E8692A}.lag-chart .f2{fill:#E8692A}
.lag-chart .s3{stroke:#45CFA5}.lag-chart .f3{fill:#45CFA5}
.lag-chart .s4{stroke:#B5588F}.lag-chart .f4{fill:#B5588F}
.lag-chart .s5{stroke:#F0E442}.lag-chart .f5{fill:#F0E442}
.lag-chart .sb{stroke:#E8692A}.lag-chart .fb{fill:#E8692A}.lag-chart .xb{fill:#FF9466}.lag-chart .tint-b{fill:#33190C}
.lag-chart .sy{stroke:#E69F00}.lag-chart .fy{fill:#E69F00}.lag-chart .xy{fill:#F5BC45}.lag-chart .tint-y{fill:#2E2407}
.lag-chart .sm{stroke:#3B9BD8}.lag-chart .fm{fill:#3B9BD8}.lag-chart .xm{fill:#74BFEF}
.lag-chart .si{stroke:#8A939D}.lag-chart .fi{fill:#8A939D}.lag-chart .xi{fill:#A3ACB7}
.lag-chart .sd{stroke:#12A67D}.lag-chart .fd{fill:#12A67D}.lag-chart .xd{fill:#45CFA5}
}
";

#[cfg(test)]
mod tests {
    use super::*;

    type Color = [f64; 3];

    /// The backgrounds in light and dark.
    const PAPER: [&str; 2] = ["FFFFFF", "101418"];
    /// Red, green and blue as seen with deuteranopia, protanopia and tritanopia (Machado and others, 2009).
    const DEFICIENCIES: [[Color; 3]; 3] = [
        [
            [0.367_322, 0.860_646, -0.227_968],
            [0.280_085, 0.672_501, 0.047_413],
            [-0.011_82, 0.042_94, 0.968_881],
        ],
        [
            [0.152_286, 1.052_583, -0.204_868],
            [0.114_503, 0.786_281, 0.099_216],
            [-0.003_882, -0.048_116, 1.051_998],
        ],
        [
            [1.255_528, -0.076_749, -0.178_779],
            [-0.078_411, 0.930_809, 0.147_602],
            [0.004_733, 0.691_367, 0.303_9],
        ],
    ];

    /// Returns the style in light and in dark.
    fn styles() -> [&'static str; 2] {
        let (light, dark) = STYLE.split_once("@media").unwrap();
        [light, dark]
    }

    /// Returns the color of a class.
    fn color<'a>(style: &'a str, class: &str) -> &'a str {
        let rule = format!(".lag-chart .{class}{{");
        let body = style.split_once(&rule).unwrap_or_else(|| panic!("{rule}")).1;
        &body.split_once('#').unwrap().1[..6]
    }

    /// Returns the linear red, green and blue.
    fn linear(hex: &str) -> Color {
        [0, 2, 4].map(|at| {
            let value = f64::from(u8::from_str_radix(&hex[at..at + 2], 16).unwrap()) / 255.0;
            if value <= 0.040_45 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
        })
    }

    fn times(matrix: &[Color; 3], color: Color) -> Color {
        matrix.map(|row| (0..3).map(|at| row[at] * color[at]).sum::<f64>().clamp(0.0, 1.0))
    }

    fn lab(color: Color) -> Color {
        const TO_XYZ: [Color; 3] = [
            [0.412_456, 0.357_576, 0.180_438],
            [0.212_673, 0.715_152, 0.072_175],
            [0.019_334, 0.119_192, 0.950_304],
        ];
        let [x, y, z] = times(&TO_XYZ, color);
        let f = |part: f64| {
            if part > 0.008_856 { part.cbrt() } else { 7.787 * part + 16.0 / 116.0 }
        };
        let [x, y, z] = [f(x / 0.950_47), f(y), f(z / 1.088_83)];
        [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
    }

    fn difference(one: Color, other: Color) -> f64 {
        (0..3).map(|at| (one[at] - other[at]).powi(2)).sum::<f64>().sqrt()
    }

    fn contrast(one: &str, other: &str) -> f64 {
        let luminance = |hex| {
            let [red, green, blue] = linear(hex);
            0.2126 * red + 0.7152 * green + 0.0722 * blue
        };
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn series_differ_with_normal_sight_and_with_each_color_deficiency() {
        for style in styles() {
            for (one, other) in (0..6).flat_map(|one| (0..one).map(move |other| (one, other))) {
                let both = [one, other].map(|index| linear(color(style, &format!("s{index}"))));
                let mut seen = vec![both];
                seen.extend(DEFICIENCIES.map(|matrix| both.map(|color| times(&matrix, color))));
                for [first, second] in seen {
                    let difference = difference(lab(first), lab(second));
                    assert!(difference > 18.0, "{one} and {other}: {difference}");
                }
            }
        }
    }

    #[test]
    fn text_and_lines_contrast_with_the_background() {
        for (style, paper) in styles().into_iter().zip(PAPER) {
            for line in ["s0", "s1", "s2", "s3", "s4", "s5", "sb", "sy", "sm", "si", "sd", "axis"] {
                let contrast = contrast(color(style, line), paper);
                assert!(contrast >= 3.0, "{line} on {paper}: {contrast}");
            }
            for text in ["muted", "xb", "xy", "xm", "xi", "xd"] {
                for tint in ["tint-b", "tint-y"].map(|tint| color(style, tint)) {
                    for background in [paper, tint] {
                        let contrast = contrast(color(style, text), background);
                        assert!(contrast >= 4.5, "{text} on {background}: {contrast}");
                    }
                }
            }
        }
    }
}
