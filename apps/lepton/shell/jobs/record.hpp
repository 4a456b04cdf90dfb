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

/// Prints the outcome of a job in a few lines.
void print_outcome(context& c, const json& record);

/// Prints accuracy, precision, recall, F1 and loss, as far as they are there,
/// and the confusion matrix.
void print_metrics(context& c, const json& metrics, const json& classes);

} // namespace lepton_shell
