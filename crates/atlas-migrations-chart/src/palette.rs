//! Colors, dashes and the style sheet.
//!
//! The colors are plain values in classes, not variables: viewers of pictures that know no variables draw them too.

/// The dash of each series in a shared plot, so that color alone does not distinguish them.
pub(crate) const DASHES: [&str; 6] = ["", "9 3", "2 3", "12 3 2 3", "6 3 2 3 2 3", "4 4"];

/// The style sheet of charts, for a page that contains charts as elements. All its rules are for the class `lag-chart`.
pub const STYLE: &str = "\
.lag-chart{font-family:system-ui,-apple-system,'Segoe UI',Roboto,'Helvetica Neue',Arial,sans-serif;font-variant-numeric:tabular-nums}
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
