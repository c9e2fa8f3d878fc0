import Testing

/// The system as users run it: real processes of the built `webchat`, a real Redis, real sockets. One after the other:
/// each of them wants the machine for itself.
@Suite(.serialized) enum Integration {}
