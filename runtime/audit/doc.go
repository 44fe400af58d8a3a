// Package audit proves from the cluster alone that no event of a pipeline was lost or counted twice between the operators:
// it reads what the workers have committed beside their positions (package tally), and holds it to the laws of the
// balance, to the positions and, where it is asked to, to the records in the topics. It may run while the pipeline does.
package audit
