// The two readings of rules: SQL, and a judgement over one track. Each function here has its
// counterpart; a property test over random rules and tracks keeps them one.
#include <algorithm>

#include "core/library/smart_playlist.hpp"

namespace tutti::library {

namespace {

constexpr std::int64_t kDayUs = 86'400'000'000;

// --- judging ---

bool compare_text(const std::string& have, RuleOp op, const std::string& want) {
  switch (op) {
    case RuleOp::is: return have == want;
    case RuleOp::is_not: return have != want;
    case RuleOp::contains: return have.find(want) != have.npos;
    case RuleOp::excludes: return have.find(want) == have.npos;
    case RuleOp::begins: return have.starts_with(want);
    case RuleOp::ends: return have.ends_with(want);
    default: return false;
  }
}

bool compare_number(std::int64_t have, RuleOp op, std::int64_t want) {
  switch (op) {
    case RuleOp::is: return have == want;
    case RuleOp::is_not: return have != want;
    case RuleOp::less: return have < want;
    case RuleOp::more: return have > want;
    case RuleOp::at_least: return have >= want;
    case RuleOp::at_most: return have <= want;
    default: return false;
  }
}

std::string joined(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) {
    if (&name != &names.front()) out += '\x1f';
    out += name;
  }
  return fold_name(out);
}

bool compare_names(const std::vector<std::string>& have, RuleOp op, const std::string& want) {
  if (op != RuleOp::is && op != RuleOp::is_not) return compare_text(joined(have), op, want);
  bool any = std::any_of(have.begin(), have.end(),
                         [&](const std::string& name) { return fold_name(name) == want; });
  return any == (op == RuleOp::is);
}

const std::vector<std::string>& names_in(const SmartTrack& track, RuleField field) {
  switch (field) {
    case RuleField::album_artist: return track.album_artists;
    case RuleField::composer: return track.composers;
    case RuleField::genre: return track.genres;
    default: return track.artists;
  }
}

const std::string& text_in(const SmartTrack& track, RuleField field) {
  switch (field) {
    case RuleField::album: return track.album;
    case RuleField::codec: return track.codec;
    case RuleField::file: return track.file;
    default: return track.title;
  }
}

// As SQLite reads a number at the beginning of text: 0 where there is none.
std::int64_t year_in(const std::string& date) {
  std::int64_t year = 0;
  for (char c : date.substr(0, 4)) {
    if (c < '0' || c > '9') break;
    year = year * 10 + (c - '0');
  }
  return year;
}

std::int64_t number_in(const SmartTrack& track, RuleField field) {
  switch (field) {
    case RuleField::year: return year_in(track.date);
    case RuleField::rating: return track.rating;
    case RuleField::plays: return track.plays;
    case RuleField::duration: return track.duration_ms / 1000;
    case RuleField::bitrate: return track.bitrate;
    case RuleField::sample_rate: return track.sample_rate;
    case RuleField::track_number: return track.track_number;
    case RuleField::disc_number: return track.disc_number;
    case RuleField::favourite: return track.favourite ? 1 : 0;
    case RuleField::compilation: return track.compilation ? 1 : 0;
    case RuleField::available: return track.available ? 1 : 0;
    case RuleField::folder: return static_cast<std::int64_t>(track.folder.value);
    default: return 0;
  }
}

bool judge(const Rule& rule, const SmartTrack& track, WallTime now) {
  if (!rule.rules.empty()) {
    auto one = [&](const Rule& inner) { return judge(inner, track, now); };
    return rule.any ? std::any_of(rule.rules.begin(), rule.rules.end(), one)
                    : std::all_of(rule.rules.begin(), rule.rules.end(), one);
  }
  switch (type_of(rule.field)) {
    case RuleType::text:
      return compare_text(fold_name(text_in(track, rule.field)), rule.op, rule.text);
    case RuleType::names: return compare_names(names_in(track, rule.field), rule.op, rule.text);
    case RuleType::number:
    case RuleType::flag:
    case RuleType::folder:
      return compare_number(number_in(track, rule.field), rule.op, rule.number);
    case RuleType::time: break;
  }
  std::int64_t at = rule.field == RuleField::added ? track.added.us : track.played.us;
  bool within = at > 0 && at >= now.us - rule.number * kDayUs;
  return within == (rule.op == RuleOp::within);
}

// --- SQL ---

const char* text_column(RuleField field) {
  switch (field) {
    case RuleField::album: return "fold(t.album_title)";
    case RuleField::codec: return "fold(t.codec)";
    case RuleField::file: return "fold(t.name)";
    case RuleField::artist: return "fold(t.artists)";
    case RuleField::album_artist: return "fold(t.album_artists)";
    case RuleField::composer: return "fold(t.composers)";
    case RuleField::genre: return "fold(t.genres)";
    default: return "fold(t.title)";
  }
}

const char* number_column(RuleField field) {
  switch (field) {
    case RuleField::year: return "CAST(substr(t.date, 1, 4) AS INTEGER)";
    case RuleField::rating: return "coalesce(r.rating, 0)";
    case RuleField::plays: return "coalesce(p.plays, 0)";
    case RuleField::duration: return "t.duration_ms / 1000";
    case RuleField::bitrate: return "t.bitrate";
    case RuleField::sample_rate: return "t.sample_rate";
    case RuleField::track_number: return "t.track_number";
    case RuleField::disc_number: return "t.disc_number";
    case RuleField::favourite: return "(f.item IS NOT NULL)";
    case RuleField::compilation: return "t.compilation";
    case RuleField::available: return "(t.available AND l.available)";
    case RuleField::folder: return "l.folder";
    default: return "0";
  }
}

const char* sign(RuleOp op) {
  switch (op) {
    case RuleOp::is_not: return " <> ";
    case RuleOp::less: return " < ";
    case RuleOp::more: return " > ";
    case RuleOp::at_least: return " >= ";
    case RuleOp::at_most: return " <= ";
    default: return " = ";
  }
}

void add_text(SqlText& sql, const Rule& rule) {
  std::string column = text_column(rule.field);
  switch (rule.op) {
    case RuleOp::contains: sql.add("instr(" + column + ", ").value(rule.text).add(") > 0"); break;
    case RuleOp::excludes: sql.add("instr(" + column + ", ").value(rule.text).add(") = 0"); break;
    case RuleOp::begins: sql.add("instr(" + column + ", ").value(rule.text).add(") = 1"); break;
    case RuleOp::ends: {
      auto size = static_cast<std::int64_t>(rule.text.size());
      sql.add("CAST(substr(CAST(" + column + " AS BLOB), ").value(-size);
      sql.add(") AS TEXT) = ").value(rule.text);
      break;
    }
    default: sql.add(column + sign(rule.op)).value(rule.text);
  }
}

void add_names(SqlText& sql, const Rule& rule) {
  if (rule.op != RuleOp::is && rule.op != RuleOp::is_not) return add_text(sql, rule);
  if (rule.op == RuleOp::is_not) sql.add("NOT ");
  if (rule.field == RuleField::genre) {
    sql.add("EXISTS (SELECT 1 FROM track_genres g WHERE g.track = t.id AND g.genre = ");
    sql.value(static_cast<std::int64_t>(genre_id(rule.text).value));
  } else {
    int role = rule.field == RuleField::artist ? 0 : rule.field == RuleField::composer ? 2 : 1;
    sql.add("EXISTS (SELECT 1 FROM credits c WHERE c.track = t.id AND c.role = ");
    sql.value(std::int64_t{role}).add(" AND c.artist = ");
    sql.value(static_cast<std::int64_t>(artist_id(rule.text).value));
  }
  sql.add(")");
}

void add_rule(SqlText& sql, const Rule& rule, WallTime now) {
  if (!rule.rules.empty()) {
    sql.add("(");
    for (const Rule& inner : rule.rules) {
      if (&inner != &rule.rules.front()) sql.add(rule.any ? " OR " : " AND ");
      add_rule(sql, inner, now);
    }
    sql.add(")");
    return;
  }
  switch (type_of(rule.field)) {
    case RuleType::text: return add_text(sql, rule);
    case RuleType::names: return add_names(sql, rule);
    case RuleType::number:
    case RuleType::flag:
    case RuleType::folder:
      sql.add(std::string(number_column(rule.field)) + sign(rule.op)).value(rule.number);
      return;
    case RuleType::time: break;
  }
  const char* at = rule.field == RuleField::added ? "t.added_at" : "coalesce(p.last_at, 0)";
  sql.add(rule.op == RuleOp::within ? "" : "NOT ").add("(").add(at).add(" > 0 AND ").add(at);
  sql.add(" >= ").value(now.us - rule.number * kDayUs).add(")");
}

// What of the account's own rules and order look at: nothing else is joined.
struct Own {
  bool counts = false;
  bool ratings = false;
  bool favourites = false;
};
void collect(const Rule& rule, Own& own) {
  for (const Rule& inner : rule.rules) collect(inner, own);
  if (!rule.rules.empty()) return;
  own.counts = own.counts || rule.field == RuleField::plays || rule.field == RuleField::played;
  own.ratings = own.ratings || rule.field == RuleField::rating;
  own.favourites = own.favourites || rule.field == RuleField::favourite;
}
Own own_of(const SmartRules& rules) {
  Own own;
  collect(rules.rule, own);
  own.counts = own.counts || rules.sort == SmartSort::plays || rules.sort == SmartSort::played;
  own.ratings = own.ratings || rules.sort == SmartSort::rating;
  return own;
}

const char* sort_column(SmartSort sort) {
  switch (sort) {
    case SmartSort::title: return "t.sort_key";
    case SmartSort::artist: return "fold(t.artists)";
    case SmartSort::album: return "fold(t.album_title)";
    case SmartSort::added: return "-t.added_at";
    case SmartSort::plays: return "-coalesce(p.plays, 0)";
    case SmartSort::played: return "-coalesce(p.last_at, 0)";
    case SmartSort::rating: return "-coalesce(r.rating, 0)";
    case SmartSort::date: return "-CAST(replace(t.date, '-', '') AS INTEGER)";
    case SmartSort::duration: return "t.duration_ms";
    case SmartSort::random: break;
  }
  return "";
}

}  // namespace

bool matches(const SmartRules& rules, const SmartTrack& track, WallTime now) {
  return judge(rules.rule, track, now);
}

SqlText sql_of(const SmartRules& rules, std::int64_t account, WallTime now) {
  SqlText sql;
  Own own = own_of(rules);
  sql.add("FROM tracks t CROSS JOIN main.folders l ON l.id = t.folder");
  if (own.counts) {
    sql.add(" LEFT JOIN house.play_counts p ON p.track = t.track AND p.account_id = ");
    sql.value(account);
  }
  if (own.ratings) {
    sql.add(" LEFT JOIN house.ratings r ON r.track = t.track AND r.account_id = ").value(account);
  }
  if (own.favourites) {
    sql.add(" LEFT JOIN house.favourites f ON f.kind = 0 AND f.item = t.track AND f.account_id = ");
    sql.value(account);
  }
  sql.add(" WHERE ");
  add_rule(sql, rules.rule, now);
  return sql;
}

SqlText order_of(const SmartRules& rules) {
  SqlText sql;
  const char* way = rules.reverse ? " DESC" : "";
  sql.add(" ORDER BY ");
  if (rules.sort == SmartSort::random) {
    // A linear congruence over 31 bits of the id: no product leaves 64 bits.
    sql.add("((t.track & 2147483647) * 1103515245 + ").value(rules.seed * 12'345);
    sql.add(") % 2147483647");
  } else {
    sql.add(sort_column(rules.sort)).add(way);
  }
  return sql.add(", t.album_title, t.disc_number, t.track_number, t.id");
}

}  // namespace tutti::library
