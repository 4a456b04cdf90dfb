#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

namespace lepton_shell {

/// Returns `text` in lines of at most `columns` columns, broken at blanks; a
/// word that is wider stands alone. A pure function.
std::vector<std::string> wrapped(std::string_view text, size_t columns);

} // namespace lepton_shell
