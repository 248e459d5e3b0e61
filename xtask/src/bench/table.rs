//! The table at the end: medians, ratios to the peers, and whether each is what we ask of ourselves.

use super::{
    Results,
    figures::{FIGURES, Figure, MEMORY_AT_REST, START_UP, Unit, median},
    limits::Limits,
};

/// The table, line by line. The first name is ours.
pub(super) fn lines(names: &[&'static str], results: &Results, limits: &Limits) -> Vec<String> {
    let columns: Vec<String> = names.iter().map(|name| format!("{name:>17}")).collect();
    let head = format!(
        "{:<34}{}   ratio to each peer (asked for)",
        "median of each figure",
        columns.concat()
    );
    let mut lines = vec![head];
    for figure in [&MEMORY_AT_REST]
        .into_iter()
        .chain(&FIGURES)
        .chain([&START_UP])
    {
        let values: Vec<Option<f64>> = names
            .iter()
            .map(|name| {
                results
                    .get(&(figure.name, *name))
                    .map(|values| median(&mut values.clone()))
            })
            .collect();
        if let Some(Some(ours)) = values.first() {
            lines.push(line(figure, *ours, &values, names, limits));
        }
    }
    lines
}

fn line(
    figure: &Figure,
    ours: f64,
    values: &[Option<f64>],
    names: &[&'static str],
    limits: &Limits,
) -> String {
    let columns: Vec<String> = values
        .iter()
        .map(|value| {
            format!(
                "{:>17}",
                value.map_or("–".into(), |value| figure.unit.show(value))
            )
        })
        .collect();
    let ratios: String = names
        .iter()
        .zip(values)
        .skip(1)
        .filter_map(|(name, theirs)| {
            let over = if *name == "docker-registry" {
                figure.over_docker_registry
            } else {
                figure.over_distribution
            };
            theirs.map(|theirs| ratio(ours / theirs, over))
        })
        .collect();
    let is_push = figure.name.starts_with("push") || figure.name.starts_with("PUT");
    let remark = match figure.unit {
        Unit::Milliseconds(most) | Unit::Megabytes(most) => {
            format!(
                " at most {}: {}",
                figure.unit.show(most),
                verdict(ours <= most)
            )
        }
        Unit::Throughput if is_push => format!(
            " {:.0} % of the machine's limit",
            100.0 * ours / limits.push()
        ),
        Unit::PerSecond if is_push => {
            format!(" takes as long as {:.1} fsyncs here", limits.fsyncs / ours)
        }
        Unit::PerSecond | Unit::Throughput => String::new(),
    };
    format!("{:<34}{}   {ratios}{remark}", figure.name, columns.concat())
        .trim_end()
        .to_owned()
}

fn ratio(ratio: f64, asked: Option<f64>) -> String {
    match asked {
        Some(asked) => format!(
            " {ratio:>6.2}× ({asked:>4}: {:<4})",
            verdict(ratio >= asked)
        ),
        None => format!(" {ratio:>6.2}×{:13}", ""),
    }
}

fn verdict(holds: bool) -> &'static str {
    if holds { "yes" } else { "NO" }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_line_shows_ratio_and_verdict() {
        let names = ["plimsoll", "docker-registry", "distribution-v3"];
        let limits = Limits {
            sha256: 2e9,
            durable: 1e9,
            fsyncs: 5000.0,
        };
        let mut results = Results::new();
        for (name, values) in
            names
                .iter()
                .zip([[30_000.0, 1.0, 40_000.0], [1000.0; 3], [20_000.0; 3]])
        {
            results.insert(("GET manifest by tag", name), values.to_vec());
        }
        let lines = lines(&names, &results, &limits);
        assert_eq!(lines.len(), 2);
        assert!(lines[1].contains("30000/s"), "{}", lines[1]);
        assert!(
            lines[1].contains("30.00× (  12: yes )") && lines[1].contains("1.50× (   3: NO  )"),
            "{}",
            lines[1]
        );
    }
}
