#pragma once
// What the explorer's HTML pages share: the frame with its style, and texts made safe.

#include <string>
#include <string_view>
#include <vector>

namespace tutti::explore {

// For text and for attributes in quotes. A byte that is not UTF-8 becomes U+FFFD, a control
// character the picture Unicode has for it (U+2400 and on).
std::string escaped(std::string_view text);

// Lines of at most `most` characters, broken at spaces where there are any; not escaped yet, valid
// UTF-8, at least one line.
std::vector<std::string> wrapped(std::string_view text, std::size_t most);

// `title` is escaped here; `body` is HTML.
std::string html_page(std::string_view title, std::string_view body);

}  // namespace tutti::explore
