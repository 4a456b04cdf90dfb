#include <shell/core/errors.hpp>
#include <shell/plots/job_svg.hpp>
#include <shell/plots/matrix_svg.hpp>

namespace lepton_shell {

namespace {

constexpr double page_width = 900;
constexpr double curve_height = 300;

double draw_heading(svg_picture& to, const job_figures& all) {
  double y = 34;
  to.text(20, y, all.title, "title");
  for (auto& line : all.remarks)
    to.text(20, y += 20, line, "dim");
  return y + 6;
}

/// Two pictures beside each other; one alone has all the room.
double draw_all_curves(svg_picture& to, const job_figures& all, double y) {
  auto& list = all.curves;
  for (size_t i = 0; i < list.size(); ++i) {
    auto alone = i + 1 == list.size() && i % 2 == 0;
    auto width = alone ? page_width : page_width / 2;
    draw_curves(to, list[i],
                {i % 2 == 0 ? 8 : page_width / 2, y, width - 8, curve_height});
    if (i % 2 == 1 || alone)
      y += curve_height;
  }
  return y;
}

} // namespace

std::string draw_svg(const job_figures& all) {
  if (all.empty())
    throw refusal("nothing to draw yet: the job has neither a curve of two "
                  "points nor a confusion matrix");
  svg_picture to;
  auto y = draw_all_curves(to, all, draw_heading(to, all));
  if (all.matrix) {
    auto height = matrix_height(*all.matrix, page_width - 16);
    draw_matrix(to, *all.matrix, {8, y, page_width - 16, height});
    y += height;
  }
  std::string words;
  for (auto& line : all.remarks)
    words += line + ". ";
  for (auto& f : all.curves)
    words += in_words(f) + " ";
  if (all.matrix)
    words += in_words(*all.matrix);
  return to.document(page_width, y + 16, all.title, words);
}

} // namespace lepton_shell
