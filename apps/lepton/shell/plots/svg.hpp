#pragma once

#include <string>
#include <string_view>
#include <utility>
#include <vector>

/// SVG 1.1 by hand: a picture needs few elements, and no library. Not
/// thread-safe; the text grows with each call.

namespace lepton_shell {

/// Where a text is held.
enum class anchor : uint8_t { start, middle, end };

using svg_points = std::vector<std::pair<double, double>>;

/// Returns `text` as it may stand in an element or a quoted attribute.
std::string svg_escape(std::string_view text);

/// A picture under construction. Coordinates are pixels from the upper left.
/// The look is in classes that the document's style knows (svg.cpp), in a light
/// and a dark variant: `frame grid label strong title dim mark`, lines `s0` to
/// `s3`, fills `f0` to `f3`, and the cells `hit` and `miss`.
class svg_picture {
public:
  void rect(double x,
            double y,
            double width,
            double height,
            std::string_view look,
            double opacity = 1,
            std::string_view title = {});
  void line(double x1, double y1, double x2, double y2, std::string_view look);
  void circle(double x, double y, double radius, std::string_view look);

  /// A line through the points; one that is not finite breaks it.
  void path(const svg_points& points, std::string_view look);

  void text(double x,
            double y,
            std::string_view what,
            std::string_view look,
            anchor where = anchor::start);

  /// The same, read from below to above.
  void upright_text(double x,
                    double y,
                    std::string_view what,
                    std::string_view look,
                    anchor where = anchor::middle);

  /// Begins a part that readers of the screen announce by its label.
  void begin_part(std::string_view label);
  void end_part();

  /// The document. `title` and `description` are for those who cannot see it.
  std::string document(double width,
                       double height,
                       std::string_view title,
                       std::string_view description) const;

private:
  void put_text(double x,
                double y,
                std::string_view what,
                std::string_view look,
                anchor where,
                std::string_view turn);

  std::string body_;
};

/// Columns of pixels that a text of 12 pixels' height takes, about.
double text_pixels(std::string_view text);

} // namespace lepton_shell
