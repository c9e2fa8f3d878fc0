import Foundation

/// A real S3 server of the test's own: moto, which checks signatures with Amazon's own client library.
///
/// Best used by `withMoto`, which ends it however the test ends.
package struct MotoServer: Sendable {
    package static let bucket = "pictures"
    private static let user = """
        import boto3, sys
        def client(service, key="x", secret="x"):
            return boto3.client(service, endpoint_url=sys.argv[1], region_name="us-east-1",
                aws_access_key_id=key, aws_secret_access_key=secret)
        iam = client("iam")
        iam.create_user(UserName="node")
        policy = '{"Version": "2012-10-17", "Statement": [{"Effect": "Allow", "Action": "s3:*", "Resource": "*"}]}'
        iam.put_user_policy(UserName="node", PolicyName="all", PolicyDocument=policy)
        made = iam.create_access_key(UserName="node")["AccessKey"]
        client("s3", made["AccessKeyId"], made["SecretAccessKey"]).create_bucket(Bucket=sys.argv[2])
        print(made["AccessKeyId"], made["SecretAccessKey"])
        """

    package let url: String
    package let accessKey: String
    package let secretKey: String
    fileprivate let process: ChildProcess

    fileprivate init() async throws {
        let port = try freePort()
        url = "http://127.0.0.1:\(port)"
        let python = NodeProcess.repository.appending(path: ".venv/bin/python").path(percentEncoded: false)
        // The requests that make a user are the last ones without a check.
        let environment = ProcessInfo.processInfo.environment.merging(["INITIAL_NO_AUTH_ACTION_COUNT": "3"]) { $1 }
        let process = try ChildProcess(
            [python, "-m", "moto.server", "-H", "127.0.0.1", "-p", "\(port)"], environment: environment)
        self.process = process
        try await eventually("moto accepts") {
            guard process.isRunning else { throw TestFailure("moto ended at its start: run scripts/setup test") }
            return (try? RawSocket(port: port)) != nil
        }
        let made = try ChildProcess.run([python, "-c", Self.user, url, Self.bucket])
        let words = made.output.split(separator: " ")
        guard made.status == 0, words.count == 2 else { throw TestFailure("no user in moto: \(made.output)") }
        (accessKey, secretKey) = (String(words[0]), String(words[1]))
    }
}

/// Gives `body` a store of its own, which has ended when this returns or throws.
package func withMoto<Value>(_ body: (MotoServer) async throws -> Value) async throws -> Value {
    let server = try await MotoServer()
    defer { server.process.signal(SIGKILL) }
    return try await body(server)
}
