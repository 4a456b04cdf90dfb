#pragma once

#include <shell/core/context.hpp>
#include <shell/plots/figures.hpp>

/// How good a model is, printed for a person.

namespace lepton_shell {

/// Prints every number of `metrics` in one line, or in as many as they need.
void print_measures(context& c, const json& metrics);

/// Prints the confusion matrix; one that is wider than the terminal is told by
/// its most frequent mistakes instead. Nothing if there is none.
void print_matrix(context& c, const json& metrics, const json& classes);

/// Prints precision, recall and F1 of each class as bars.
void print_classes(context& c, const matrix_figure& m);

/// Prints the mistakes that occur most, at most `most` of them.
void print_mistakes(context& c, const matrix_figure& m, size_t most);

/// Prints curves, `height` lines each.
void print_curves(context& c, const job_figures& all, size_t height);

} // namespace lepton_shell
