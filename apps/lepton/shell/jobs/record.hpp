#pragma once

#include <shell/core/context.hpp>

namespace lepton_shell {

/// Whether the record's job will not change any more.
bool is_over(const json& record);

/// The model that a job publishes, as NAME@VERSION once it has; or whose replay
/// the job is.
std::string model_text(const json& record);

/// Prints a job's record for a person: state, parameters, progress, metrics,
/// confusion matrix, learning curves.
void print_job(context& c, const json& record);

/// Prints the pictures of a job alone, as large as the terminal allows: curves,
/// confusion matrix, scores by class.
void print_plots(context& c, const json& record);

/// Prints the outcome of a job in a few lines.
void print_outcome(context& c, const json& record);

/// The names of the classes in a record or an evaluation, null if there are
/// none.
const json& classes_of(const json& answer);

/// Prints the figures of `metrics` and the confusion matrix.
void print_metrics(context& c, const json& metrics, const json& classes);

} // namespace lepton_shell
