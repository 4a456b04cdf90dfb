#pragma once

#include <shell/net/api.hpp>

#include <optional>
#include <string>
#include <vector>

/// What a job's record has to show, before anybody draws it: the terminal and
/// the SVG files show the same. Pure functions, any thread.

namespace lepton_shell {

/// One line of a picture. `x` and `y` have the same size; NaN leaves a gap.
struct curve {
  std::string name;
  std::vector<double> x;
  std::vector<double> y;
};

/// A point worth a word.
struct curve_mark {
  double x = 0;
  double y = 0;
  std::string text;
};

/// Curves over the same axes.
struct curve_figure {
  std::string title;
  std::string x_label; ///< what is counted
  std::string y_label;
  std::string y_unit;        ///< and whether the scale is logarithmic
  std::vector<curve> curves; ///< at least one, each with two finite points
  std::optional<curve_mark> mark;
  bool logarithmic = false; ///< y; all values are above 0 then
};

/// How often each class was taken for which.
struct matrix_figure {
  std::string title;
  std::vector<std::vector<double>> counts; ///< truth down, prediction across
  std::vector<std::string> classes;        ///< as many
};

/// Everything about a job that can be drawn.
struct job_figures {
  std::string title;                ///< "job j-000001: mlp, digits@2"
  std::vector<std::string> remarks; ///< a line each
  std::vector<curve_figure> curves;
  std::optional<matrix_figure> matrix;

  bool empty() const { return curves.empty() && !matrix; }
};

/// @param record a job's record as the API gives it, finished or not
job_figures figures_of(const json& record);

/// The matrix of a record or an evaluation, if it has one.
std::optional<matrix_figure> matrix_of_metrics(const json& metrics,
                                               const json& classes);

/// Precision, recall and F1 of one class; NaN for 0 / 0.
struct class_figure {
  double precision;
  double recall;
  double f1;
  double rows; ///< of this class in truth
};

std::vector<class_figure> by_class(const matrix_figure& m);

/// The figure in words, for those who cannot see it: "training loss falls from
/// 2.1 (epoch 1) to 0.03 (epoch 40)".
std::string in_words(const curve_figure& f);
std::string in_words(const matrix_figure& f);

} // namespace lepton_shell
