#include "sim/explore/html_page.hpp"

#include <fmt/format.h>

#include "core/base/utf8.hpp"
#include "sim/explore/swimlanes.hpp"

namespace tutti::explore {

namespace {

// Colours by role. Text stands at 4.5 to 1 or more against what it stands on, in both schemes.
constexpr std::string_view kStyle = R"css(
:root { color-scheme: light dark; --paper: #faf9f6; --box: #ffffff; --ink: #22211e;
  --soft: #6a675f; --rule: #dcd8cf; --arrow: #44699c; --bad: #b3261e; --bad-box: #fdf0ee; }
@media (prefers-color-scheme: dark) { :root { --paper: #171614; --box: #22211e; --ink: #ebe8e1;
  --soft: #a29d93; --rule: #3b3933; --arrow: #8fb1de; --bad: #ff9a8f; --bad-box: #34201d; } }
* { box-sizing: border-box; }
body { margin: 0; padding: 32px; width: max-content; min-width: 100%; background: var(--paper);
  color: var(--ink); font: 15px/1.5 system-ui, sans-serif; }
header, .none, .list { max-width: 760px; }
h1 { margin: 0; font-size: 24px; line-height: 1.25; font-weight: 650; overflow-wrap: anywhere; }
header p { margin: 8px 0 0; color: var(--soft); overflow-wrap: anywhere; }
header .failure { margin-top: 16px; padding: 8px 16px; border-left: 3px solid var(--bad);
  background: var(--bad-box); color: var(--ink); }
.failure b { color: var(--bad); font-weight: 600; }
header .key { margin-top: 16px; font-size: 13px; }
.heads { position: sticky; top: 0; z-index: 1; height: 40px; margin-top: 24px;
  background: var(--paper); border-bottom: 1px solid var(--rule); }
.heads h2 { position: absolute; top: 0; margin: 0; font-size: 14px; line-height: 40px;
  font-weight: 600; text-align: center; white-space: nowrap; overflow: hidden;
  text-overflow: ellipsis; }
svg { display: block; font: 13px system-ui, sans-serif; }
svg .life { stroke: var(--rule); }
svg .box { fill: var(--box); stroke: var(--rule); }
svg .op { fill: var(--ink); font-weight: 550; }
svg .touch, svg .at { fill: var(--soft); font-size: 11.5px; }
svg .at { font-variant-numeric: tabular-nums; text-anchor: end; }
svg .draw { fill: var(--soft); font-size: 11.5px; font-style: italic; paint-order: stroke;
  stroke: var(--paper); stroke-width: 5px; }
svg .arrow { fill: none; stroke: var(--arrow); stroke-width: 1.4; }
svg .tip { fill: var(--arrow); }
svg .bad .box { fill: var(--bad-box); stroke: var(--bad); stroke-width: 1.5; }
svg .bad .op, svg .bad .at, svg .says { fill: var(--bad); }
svg .says { font-weight: 550; }
a { color: var(--arrow); text-underline-offset: 3px; }
table { margin-top: 24px; border-collapse: collapse; width: 100%; }
th, td { padding: 8px 16px 8px 0; text-align: left; vertical-align: baseline;
  border-bottom: 1px solid var(--rule); overflow-wrap: anywhere; }
th { font-size: 13px; font-weight: 600; color: var(--soft); }
.id, .count { white-space: nowrap; font-variant-numeric: tabular-nums; }
.count { text-align: right; padding-right: 0; }
)css";

// Valid UTF-8 without control characters.
std::string printable(std::string_view text) {
  std::string out;
  while (!text.empty()) {
    auto first = static_cast<unsigned char>(text.front());
    std::size_t size = utf8_sequence(text);
    if (size == 0) {
      out += "\xef\xbf\xbd";
    } else if (first < 0x20 || first == 0x7f) {
      out += "\xe2\x90";
      out += static_cast<char>(first == 0x7f ? 0xa1 : 0x80 + first);
    } else {
      out += text.substr(0, size);
    }
    text.remove_prefix(size == 0 ? 1 : size);
  }
  return out;
}

std::size_t bytes_of_characters(std::string_view text, std::size_t count) {
  std::size_t at = 0;
  for (; count > 0 && at < text.size(); --count) at += utf8_sequence(text.substr(at));
  return at;
}

}  // namespace

std::string escaped(std::string_view text) {
  std::string out;
  for (char c : printable(text)) {
    switch (c) {
      case '<': out += "&lt;"; break;
      case '>': out += "&gt;"; break;
      case '&': out += "&amp;"; break;
      case '"': out += "&quot;"; break;
      case '\'': out += "&#39;"; break;
      default: out += c;
    }
  }
  return out;
}

std::vector<std::string> wrapped(std::string_view text, std::size_t most) {
  std::string whole = printable(text);
  std::string_view left = whole;
  std::vector<std::string> lines;
  while (utf8_length(left) > most) {
    std::size_t end = bytes_of_characters(left, most);
    std::size_t space = left.substr(0, end + 1).rfind(' ');
    bool at_space = space != std::string_view::npos && space > 0;
    lines.emplace_back(left.substr(0, at_space ? space : end));
    left.remove_prefix(at_space ? space + 1 : end);
  }
  if (!left.empty() || lines.empty()) lines.emplace_back(left);
  return lines;
}

std::string html_page(std::string_view title, std::string_view body) {
  return fmt::format(
      "<!doctype html>\n<html lang=\"en\">\n<meta charset=\"utf-8\">\n"
      "<meta name=\"viewport\" content=\"width=device-width\">\n<title>{}</title>\n"
      "<style>{}</style>\n<body>\n{}</body>\n</html>\n",
      escaped(title), kStyle, body);
}

std::string gallery(const std::vector<GalleryEntry>& entries) {
  std::string rows;
  for (const GalleryEntry& e : entries) {
    rows += fmt::format(
        "<tr><td class=\"id\">{}</td><td><a href=\"{}\">{}</a></td><td>{}</td>"
        "<td class=\"count\">{}</td></tr>\n",
        escaped(e.id), escaped(e.link), escaped(e.title), escaped(e.kind), e.steps);
  }
  std::string body = fmt::format(
      "<header><h1>Runs, drawn</h1>\n<p>{} {}: who did what, in which order, and what broke.</p>"
      "</header>\n",
      entries.size(), entries.size() == 1 ? "run" : "runs");
  if (entries.empty()) return html_page("Runs, drawn", body);
  body +=
      "<main class=\"list\"><table>\n<thead><tr><th>Id</th><th>What happens</th><th>Kind</th>"
      "<th class=\"count\">Steps</th></tr></thead>\n<tbody>\n" +
      rows + "</tbody>\n</table></main>\n";
  return html_page("Runs, drawn", body);
}

}  // namespace tutti::explore
