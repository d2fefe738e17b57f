#include "core/api/server.hpp"

namespace tutti::api {

void add_server_operations(OperationTable& table) {
  table.add(operation<Nothing, ServerInfo>(
      {.name = "server.info",
       .summary = "What this server is and since when it runs.",
       .path = "/api/server"},
      [](Context& context, const Nothing&) {
        return Outcome<ServerInfo>(context.services->server_info(context));
      }));
  table.add(operation<Nothing, ServerStats>(
      {.name = "server.stats",
       .summary = "Connections by state, closes by reason, traffic.",
       .path = "/api/stats"},
      [](Context& context, const Nothing&) {
        context.services->ask_stats(context);
        return Outcome<ServerStats>(Pending{});
      }));
  table.add(operation<ListConnections, ConnectionList>(
      {.name = "connections.list",
       .summary = "Every connection with its state and the history of its transitions.",
       .path = "/api/connections",
       .permission = Permission::manage},
      [](Context& context, const ListConnections& request) {
        context.services->ask_connections(context, request);
        return Outcome<ConnectionList>(Pending{});
      }));
  table.add(operation<CreateBackup, BackupCreated>(
      {.name = "backup.create",
       .summary = "Writes everything that cannot be made again to one file while the server runs.",
       .method = Method::post,
       .path = "/api/backup",
       .permission = Permission::manage,
       .effect = Effect::changes},
      [](Context& context, const CreateBackup& request) {
        auto asked = context.services->ask_backup(context, request);
        if (!asked) return Outcome<BackupCreated>(asked.error());
        return Outcome<BackupCreated>(Pending{});
      }));
}

Json to_json(const ServerStats& stats) { return write(stats); }
Json to_json(const ConnectionList& list) { return write(list); }
Json to_json(const BackupCreated& backup) { return write(backup); }

}  // namespace tutti::api
