#include "core/library/track_words.hpp"

#include <algorithm>

#include "core/library/fold.hpp"

namespace tutti::library {

namespace {

void add_line(std::string& out, const std::vector<std::string>& values) {
  for (const std::string& value : values) {
    if (&value != &values.front()) out += ' ';
    out += fold(value);
  }
  out += '\n';
}

// "1994" of "1994-05-01" and, where another, of the original date.
void add_years(std::string& out, const Tags& tags) {
  std::string_view date = std::string_view(tags.date).substr(0, 4);
  std::string_view first = std::string_view(tags.original_date).substr(0, 4);
  out += fold(date);
  if (!first.empty() && first != date) {
    out += ' ';
    out += fold(first);
  }
  out += '\n';
}

std::string_view without_ending(std::string_view name) {
  std::size_t dot = name.rfind('.');
  return dot == name.npos || dot == 0 ? name : name.substr(0, dot);
}

bool has_word(std::string_view text, std::string_view word) {
  for (std::size_t at = text.find(word); at != text.npos; at = text.find(word, at + 1)) {
    bool starts = at == 0 || text[at - 1] == ' ' || text[at - 1] == '\n';
    std::size_t end = at + word.size();
    if (starts && (end == text.size() || text[end] == ' ' || text[end] == '\n')) return true;
  }
  return false;
}

}  // namespace

std::string shown_title(const Tags& tags, std::string_view file_name) {
  return !tags.title.empty() ? tags.title : display_text(without_ending(file_name));
}

std::string folder_word(std::int64_t row) { return "\xee\x80\x80" + std::to_string(row); }

std::string track_words(const Tags& tags, std::string_view file_name, std::int64_t folder_row) {
  std::string out = fold(shown_title(tags, file_name)) + '\n';
  add_line(out, tags.artists);
  out += fold(tags.album) + '\n';
  // Mostly the artists again; once is enough to be found.
  if (tags.album_artists == tags.artists) out += '\n';
  else add_line(out, tags.album_artists);
  add_line(out, tags.composers);
  add_line(out, tags.genres);
  add_years(out, tags);
  std::string file = fold(without_ending(file_name));
  std::string more;
  for (std::string_view rest = file; !rest.empty();) {
    std::string_view word = rest.substr(0, rest.find(' '));
    rest.remove_prefix(std::min(rest.size(), word.size() + 1));
    if (!has_word(out, word)) (more += word) += ' ';
  }
  out += more;
  out += '\n';
  return out += folder_word(folder_row);
}

}  // namespace tutti::library
