use std::fmt::Write as _;
use std::path::{Path, PathBuf};

use anyhow::{Result, bail};
use clap::{Args, CommandFactory as _, ValueEnum as _};
use clap_complete::Shell;
use relu_lab::files::write;

use super::files::Files;
use super::report::{Field, Kind, Report};
use super::{
    Cli, Common, Work, angles, certify, critical_points, derivatives, flow, geometric_condition,
    planar, separability, sweep,
};

/// The JSON schema of what a command prints with --json
#[derive(Debug, Args)]
#[command(after_help = "Example: relu-lab schema gradient")]
pub(crate) struct Schema {
    /// The command
    #[arg(value_parser = clap::builder::PossibleValuesParser::new(TABLES.iter().map(|t| t.0)))]
    command: String,
    /// Write the text there
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// Completions for a shell
#[derive(Debug, Args)]
#[command(
    after_help = "Example: relu-lab completions bash > ~/.local/share/bash-completion/completions/relu-lab"
)]
pub(crate) struct Completions {
    /// The shell
    #[arg(value_enum)]
    shell: Shell,
    /// Write the text there
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The man page
#[derive(Debug, Args)]
#[command(after_help = "Example: relu-lab man | man -l -")]
pub(crate) struct Man {
    /// Write the text there
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
}

/// The page docs/CLI.md
#[derive(Debug, Args)]
pub(crate) struct Reference {}

/// The fields of every command that reports.
const TABLES: &[(&str, &[Field])] = &[
    ("loss", derivatives::Loss::FIELDS),
    ("gradient", derivatives::Gradient::FIELDS),
    ("hessian", derivatives::Hessian::FIELDS),
    ("angles", angles::Angles::FIELDS),
    ("flow", flow::Flow::FIELDS),
    ("critical-points", critical_points::CriticalPoints::FIELDS),
    ("certify", certify::Certify::FIELDS),
    ("check", certify::Check::FIELDS),
    ("separability", separability::Table::FIELDS),
    (
        "geometric-condition",
        geometric_condition::GeometricCondition::FIELDS,
    ),
    ("planar", planar::Planar::FIELDS),
    ("sweep", sweep::Sweep::FIELDS),
    ("merge", sweep::Merge::FIELDS),
];

impl Work for Schema {
    fn files(&self) -> Files<'_> {
        Files::none().write(self.output.as_ref(), None)
    }

    fn run(&self, _: &Common) -> Result<Report> {
        let Some((name, fields)) = TABLES.iter().find(|(name, _)| *name == self.command) else {
            bail!("no command reports by the name `{}`", self.command);
        };
        let properties: Vec<String> = fields.iter().map(property).collect();
        let required: Vec<String> = fields.iter().map(|f| format!("\"{}\"", f.name)).collect();
        let text = format!(
            "{{\n  \"$schema\": \"https://json-schema.org/draft/2020-12/schema\",\n  \"title\": \"relu-lab {name}\",\n  \
             \"type\": \"object\",\n  \"additionalProperties\": false,\n  \"required\": [{}],\n  \"properties\": {{\n{}\n  }}\n}}\n",
            required.join(", "),
            properties.join(",\n")
        );
        document(text.into_bytes(), self.output.as_deref())
    }
}

fn property(field: &Field) -> String {
    let kind = match field.kind {
        Kind::Number => "number",
        Kind::Count => "integer",
        Kind::Truth => "boolean",
        Kind::Text => "string",
        Kind::Vector | Kind::Matrix | Kind::List => "array",
        Kind::Object => "object",
    };
    let kind = if field.nullable {
        format!("[\"{kind}\", \"null\"]")
    } else {
        format!("\"{kind}\"")
    };
    let items = match field.kind {
        Kind::Vector => ", \"items\": {\"type\": \"number\"}",
        Kind::Matrix => ", \"items\": {\"type\": \"array\", \"items\": {\"type\": \"number\"}}",
        Kind::Count => ", \"minimum\": 0",
        _ => "",
    };
    format!(
        "    \"{}\": {{\"type\": {kind}{items}, \"description\": {}}}",
        field.name,
        serde_json::Value::from(field.says)
    )
}

impl Work for Completions {
    fn files(&self) -> Files<'_> {
        Files::none().write(self.output.as_ref(), None)
    }

    fn run(&self, _: &Common) -> Result<Report> {
        let mut bytes = Vec::new();
        clap_complete::generate(self.shell, &mut Cli::command(), "relu-lab", &mut bytes);
        document(bytes, self.output.as_deref())
    }
}

impl Work for Man {
    fn files(&self) -> Files<'_> {
        Files::none().write(self.output.as_ref(), None)
    }

    fn run(&self, _: &Common) -> Result<Report> {
        document(man()?, self.output.as_deref())
    }
}

impl Work for Reference {
    fn files(&self) -> Files<'_> {
        Files::none()
    }

    fn run(&self, _: &Common) -> Result<Report> {
        Ok(page())
    }
}

/// The man page.
fn man() -> Result<Vec<u8>> {
    let mut bytes = Vec::new();
    let mut command = Cli::command();
    command.build();
    clap_mangen::Man::new(command.clone()).render(&mut bytes)?;
    for sub in command.get_subcommands().filter(|sub| !sub.is_hide_set()) {
        let page =
            clap_mangen::Man::new(sub.clone().bin_name(format!("relu-lab {}", sub.get_name())));
        let mut section =
            format!("\n.SH \"RELU-LAB {}\"\n", sub.get_name().to_uppercase()).into_bytes();
        page.render_description_section(&mut section)?;
        page.render_options_section(&mut section)?;
        // Sections of a command become subsections of the one page.
        let text = String::from_utf8_lossy(&section)
            .replace("\n.SH DESCRIPTION\n", "\n")
            .replace("\n.SH OPTIONS\n", "\n.SS Options\n");
        bytes.extend_from_slice(text.as_bytes());
    }
    Ok(bytes)
}

/// To the file of `-o`, or as the report.
fn document(bytes: Vec<u8>, output: Option<&Path>) -> Result<Report> {
    if let Some(path) = output {
        write::whole(path, &bytes)?;
        return Ok(Report::Document(String::new()));
    }
    Ok(Report::Document(String::from_utf8(bytes)?))
}

/// The page docs/CLI.md.
fn page() -> Report {
    let mut text = String::from(
        "# The command `relu-lab`\n\nWritten by `relu-lab reference`; a test compares it with the program.\n\n\
         Exit status 0: done; 1: bad input, with one line on standard error that names file, row and value; 2: a wrong \
         command line. Files are written whole or not at all. `-` as a file is standard input.\n\n\
         | array file | read | written |\n|---|---|---|\n\
         | `.npy` | versions 1.0 to 3.0; floating-point numbers of 2, 4 or 8 bytes, integers that are doubles, truth values; either byte order; C or Fortran order | version 1.0, `<f8`, C order |\n\
         | `.npz` | stored or deflated; one array as `FILE.npz:NAME` | stored, fixed dates: equal arrays give equal bytes |\n\
         | `.safetensors` | F64, F32, F16, BF16, integers that are doubles; one tensor as `FILE.safetensors:NAME` | no |\n\
         | table (`.csv`, any other name) | commas, semicolons, tabs or blanks; one line of titles; `#` begins a comment; `1.5D-3` is a number | commas, shortest exact digits |\n",
    );
    let mut command = Cli::command().term_width(100);
    command.build();
    for sub in command.get_subcommands_mut() {
        if sub.is_hide_set() {
            continue;
        }
        let name = sub.get_name().to_owned();
        let help = sub
            .clone()
            .bin_name(format!("relu-lab {name}"))
            .render_long_help();
        let help: Vec<String> = help
            .to_string()
            .lines()
            .map(|line| line.trim_end().to_owned())
            .collect();
        let _ = write!(
            text,
            "\n## {name}\n\n```text\n{}\n```\n",
            help.join("\n").trim_end()
        );
        if let Some((_, fields)) = TABLES.iter().find(|(table, _)| *table == name) {
            text.push_str("\n| field of `--json` | type | what it says |\n|---|---|---|\n");
            for field in *fields {
                let null = if field.nullable { " or null" } else { "" };
                let _ = writeln!(
                    text,
                    "| `{}` | {}{null} | {} |",
                    field.name,
                    kind_name(field.kind),
                    field.says
                );
            }
        }
    }
    let shells: Vec<String> = Shell::value_variants()
        .iter()
        .map(ToString::to_string)
        .collect();
    let _ = writeln!(text, "\nShells with completions: {}.", shells.join(", "));
    Report::Document(text)
}

fn kind_name(kind: Kind) -> &'static str {
    match kind {
        Kind::Number => "number",
        Kind::Count => "whole number",
        Kind::Truth => "true or false",
        Kind::Text => "text",
        Kind::Vector => "list of numbers",
        Kind::Matrix => "list of rows",
        Kind::List => "list",
        Kind::Object => "object",
    }
}
