#pragma once
// The first operations: about the server itself.

#include <map>
#include <string>
#include <vector>

#include "core/api/library.hpp"
#include "core/api/play.hpp"
#include "core/api/table.hpp"
#include "core/play/streams.hpp"

namespace tutti::api {

struct ServerInfo {
  std::string name;
  std::string version;
  std::string commit;
  std::string core;
  std::string started_at;
  std::int64_t uptime_s = 0;
  std::string account;
  std::int64_t edges = 1;
  std::int64_t max_connections = 0;
  template <class V>
  void fields(V& v) {
    v.field("name", name, {.text = "what this server is called"});
    v.field("version", version, {.text = "version of tutti"});
    v.field("commit", commit, {.text = "commit it was built from"});
    v.field("core", core,
            {.text = "hash of the core's archive, as in every trace of the explorer"});
    v.field("started_at", started_at, {.text = "UTC, RFC 3339"});
    v.field("uptime_s", uptime_s, {.text = "seconds since then", .min = 0});
    v.field("account", account, {.text = "the account that asks"});
    v.field("edges", edges, {.text = "threads that own connections", .min = 1});
    v.field("max_connections", max_connections,
            {.text = "how many connections it can hold", .min = 0});
  }
};

struct NamedCount {
  std::string name;
  std::int64_t count = 0;
  template <class V>
  void fields(V& v) {
    v.field("name", name, {.text = "what is counted"});
    v.field("count", count, {.text = "how many", .min = 0});
  }
};

struct ServerStats {
  std::vector<NamedCount> connections;
  std::vector<NamedCount> closes;
  std::vector<NamedCount> absorbed;
  std::int64_t opened = 0;
  std::int64_t messages_in = 0;
  std::int64_t frames_out = 0;
  std::int64_t bytes_in = 0;
  std::int64_t bytes_out = 0;
  std::vector<NamedCount> held;
  std::int64_t registered = 0;
  template <class V>
  void fields(V& v) {
    v.field("connections", connections, {.text = "open connections by state"});
    v.field("closes", closes, {.text = "connections that ended, by reason, since the start"});
    v.field("absorbed", absorbed, {.text = "symptoms of races that were absorbed"});
    v.field("opened", opened, {.text = "connections since the start", .min = 0});
    v.field("messages_in", messages_in,
            {.text = "requests and messages since the start", .min = 0});
    v.field("frames_out", frames_out, {.text = "messages sent since the start", .min = 0});
    v.field("bytes_in", bytes_in, {.text = "bytes received", .min = 0});
    v.field("bytes_out", bytes_out, {.text = "bytes sent", .min = 0});
    v.field("held", held, {.text = "bytes held by budget: partial input, queued output"});
    v.field("registered", registered, {.text = "live connections that are registered", .min = 0});
  }
};

struct TransitionRow {
  std::int64_t version = 0;
  std::string from;
  std::string to;
  std::string cause;
  std::string at;
  template <class V>
  void fields(V& v) {
    v.field("version", version, {.text = "counts this connection's transitions from 1", .min = 1});
    v.field("from", from, {.text = "state before"});
    v.field("to", to, {.text = "state after"});
    v.field("cause", cause, {.text = "why"});
    v.field("at", at, {.text = "UTC, RFC 3339"});
  }
};

struct ConnectionInfo {
  std::string id;
  std::string client;
  std::string address;
  std::string kind;
  std::string state;
  bool encrypted = false;
  bool deflate = false;
  std::int64_t queued_bytes = 0;
  std::vector<std::string> topics;
  std::vector<TransitionRow> history;
  template <class V>
  void fields(V& v) {
    v.field("id", id, {.text = "opaque"});
    v.field("client", client, {.text = "the id it registered under, empty for HTTP"});
    v.field("address", address, {.text = "where it comes from"});
    v.field("kind", kind, {.text = "http, websocket or control"});
    v.field("state", state, {.text = "opening, live, idle, degraded or closing"});
    v.field("encrypted", encrypted, {.text = "over TLS"});
    v.field("deflate", deflate, {.text = "permessage-deflate was agreed on"});
    v.field("queued_bytes", queued_bytes, {.text = "bytes that wait to be sent", .min = 0});
    v.field("topics", topics, {.text = "what it is subscribed to"});
    v.field("history", history, {.text = "the last 32 transitions, oldest first"});
  }
};

struct ConnectionList {
  std::vector<ConnectionInfo> connections;
  std::int64_t total = 0;
  template <class V>
  void fields(V& v) {
    v.field("connections", connections, {.text = "in order of their opening"});
    v.field("total", total,
            {.text = "how many there are; more than listed when `limit` cut the list", .min = 0});
  }
};

struct ListConnections {
  std::int64_t limit = 100;
  template <class V>
  void fields(V& v) {
    v.optional("limit", limit, {.text = "at most so many", .min = 1, .max = 1000});
  }
};

struct CreateBackup {
  std::optional<std::string> file;
  bool overwrite = false;
  template <class V>
  void fields(V& v) {
    v.optional(
        "file", file,
        {.text = "where to; only over the control socket. Else a new file in the data directory",
         .max_length = 4096});
    v.optional("overwrite", overwrite, {.text = "replace the file if it exists"});
  }
};

struct BackupCreated {
  std::string file;
  std::int64_t bytes = 0;
  std::int64_t schema_version = 0;
  std::string created_at;
  template <class V>
  void fields(V& v) {
    v.field("file", file, {.text = "the backup"});
    v.field("bytes", bytes, {.text = "its size", .min = 0});
    v.field("schema_version", schema_version, {.text = "version of the database in it", .min = 0});
    v.field("created_at", created_at, {.text = "UTC, RFC 3339"});
  }
};

// What the house offers to operations. `ask_...`, and what is said to wait, answer later, under the
// reply token of the context.
class Services {
 public:
  virtual ~Services() = default;
  virtual ServerInfo server_info(const Context& context) = 0;
  virtual void ask_stats(const Context& context) = 0;
  virtual void ask_connections(const Context& context, const ListConnections& request) = 0;
  virtual Result<void> ask_backup(const Context& context, const CreateBackup& request) = 0;

  virtual Result<void> ask_library(const Context& context, library::Request request) = 0;
  virtual ScanStatus scan_status() = 0;
  virtual void start_scan(const Context& context, const StartScan& request) = 0;
  virtual void cancel_scan() = 0;

  virtual play::Groups& groups() = 0;
  // Answers with `answer` once the group is stored as it is now.
  virtual void when_saved(const Context& context, GroupId group, Json answer) = 0;
  // Looks up the tracks, adds them, answers as queue.add does.
  virtual Result<void> ask_tracks_for(const Context& context, const library::ListTrackIds& wanted,
                                      const AddToQueue& request) = 0;
  // Answers with the image itself.
  virtual Result<void> ask_artwork(const Context& context, const GetArtwork& wanted) = 0;
  // Answers when the file is written. Errors: forbidden (tags are not edited here).
  virtual Result<void> edit_tags(const Context& context, const library::EditTags& edit) = 0;
  // Answers with the audio itself.
  virtual Result<void> open_stream(const Context& context, const play::StreamWish& wish) = 0;
  // Errors: not_found, conflict (the last one). Answers when it is forgotten by the store too.
  virtual Result<void> remove_group(const Context& context, GroupId group) = 0;
};

void add_server_operations(OperationTable& table);

// Answers that come later, as JSON.
Json to_json(const ServerStats& stats);
Json to_json(const ConnectionList& list);
Json to_json(const BackupCreated& backup);

}  // namespace tutti::api
