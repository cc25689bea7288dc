'use strict';

// An error that the client may see, with the status to send it with.
function problem(status, message) {
  var error = new Error(message);
  error.status = status;
  return error;
}

exports.problem = problem;
